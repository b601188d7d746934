import * as z from 'zod/mini';
import { backupType, decimal64 } from './backup-record.ts';
import { backupScope } from './backup-scope.ts';
import { cost } from './cost.ts';
import type { ServiceError } from './errors.ts';
import { executor } from './executor.ts';
import { identifier } from './identifiers.ts';

/**
 * What a request would do if it were sent now, made by the code that carries it out up to its first write. What is absent is not
 * known before: the API sees neither TiDB nor files.
 */

/** Why the request would be refused at this moment: code and message of that answer. It says nothing of how it will be later. */
const conflict = z.object({ code: z.number(), message: z.string() });
export type Conflict = z.infer<typeof conflict>;

const common = {
  conflicts: z.array(conflict),
  /** What only the workflow can look at, and may fail for. */
  checksLeft: z.array(z.string()),
  /** What of it has a price. Absent: duration or size is not known. */
  cost: z.optional(cost),
};

/** How the statement would run: where and why there, and how long it should take. */
const running = {
  executor,
  executorReason: z.string(),
  durationSeconds: z.optional(z.number()),
  /** What the duration is taken from. */
  durationBasis: z.optional(z.string()),
};

export const backupPlan = z
  .object({
    action: z.literal('backup'),
    clusterId: identifier,
    backupType,
    /** Of an incremental backup: what it would build upon. */
    baseBackupId: z.optional(identifier),
    /** Absent: everything. */
    scope: z.optional(backupScope),
    /** The folder that the backup's own would lie in. */
    path: z.string(),
    /** Of the last one of the same scope and type; files are counted when they are there. */
    sizeBytes: z.optional(decimal64),
    ...running,
    ...common,
  })
  .register(z.globalRegistry, { id: 'BackupPlan' });
export type BackupPlan = z.infer<typeof backupPlan>;

export const restorePlan = z
  .object({
    /** A drill restores into a cluster that is made for it. */
    action: z.enum(['restore', 'drill']),
    /** Absent: of a new cluster, whose id is made when it is. */
    clusterId: z.optional(identifier),
    /** Absent: everything that the backup holds. */
    scope: z.optional(backupScope),
    /** In the order in which they would be restored: a full one, and what builds upon it. */
    chain: z.array(
      z.object({
        backupId: identifier,
        backupType,
        path: z.string(),
        sizeBytes: decimal64,
        files: z.optional(z.number()),
      }),
    ),
    /** Of the whole chain; a scope needs less. */
    sizeBytes: decimal64,
    /** Absent: one of the chain was not counted. So for deletions. */
    files: z.optional(z.number()),
    ...running,
    ...common,
  })
  .register(z.globalRegistry, { id: 'RestorePlan' });
export type RestorePlan = z.infer<typeof restorePlan>;

export const deletionPlan = z
  .object({
    action: z.literal('delete'),
    deletes: z.array(
      z.object({
        backupId: identifier,
        path: z.string(),
        /** Absent: of a backup that did not finish nobody knows. */
        sizeBytes: z.optional(decimal64),
        files: z.optional(z.number()),
        /** The record stays `Deleting` until then. */
        lockedUntil: z.optional(z.iso.datetime()),
      }),
    ),
    /** What builds upon them and would have to go first, and does not: `force` is not given. */
    dependents: z.array(identifier),
    /** What would be passed over, and why. */
    keeps: z.array(z.object({ backupId: identifier, reason: z.string() })),
    /** Of all of `deletes`, as far as it is known. */
    sizeBytes: decimal64,
    files: z.optional(z.number()),
    /** When the last of them would be gone, if one is locked. */
    lockedUntil: z.optional(z.iso.datetime()),
    ...common,
  })
  .register(z.globalRegistry, { id: 'DeletionPlan' });
export type DeletionPlan = z.infer<typeof deletionPlan>;

export function conflictOf({ code, message }: ServiceError): Conflict {
  return { code, message };
}

/** The sum, if all were counted. */
export function allFiles(counts: readonly (number | undefined)[]): { files?: number } {
  const files = counts.reduce((sum, count) => (sum === undefined || count === undefined ? undefined : sum + count), 0);
  return files === undefined ? {} : { files };
}
