import * as z from 'zod/mini';
import { backupType, decimal64 } from '../backup/backup-record.ts';
import { backupScope } from '../backup/backup-scope.ts';
import { described } from '../shared/described.ts';
import type { ServiceError } from '../shared/errors.ts';
import { identifier } from '../shared/identifiers.ts';
import { sourceRequest } from '../storage/second-copy.ts';
import { executor } from '../workflow/executor.ts';
import { cost } from './cost.ts';

/**
 * What a request would do if it were sent now, made by the code that carries it out up to its first write. What is absent is not
 * known before: the API sees neither TiDB nor files.
 */

const conflict = z.object({ code: z.number(), message: z.string() });
export type Conflict = z.infer<typeof conflict>;

const common = {
  conflicts: described(
    z.array(conflict),
    'Why the request would be refused at this moment: code and message of that answer. It says nothing of how it will be later',
  ),
  checksLeft: described(z.array(z.string()), 'What only the workflow can look at, and may fail for'),
  cost: described(z.optional(cost), 'What of it has a price; absent: duration or size is not known'),
};

/** How the statement would run: where and why there, and how long it should take. */
const running = {
  executor,
  executorReason: described(z.string(), 'Why there, for people'),
  durationSeconds: described(z.optional(z.number()), 'How long it should take; absent: nothing tells'),
  durationBasis: described(z.optional(z.string()), 'What the duration is taken from'),
};

export const backupPlan = z
  .object({
    action: z.literal('backup'),
    clusterId: identifier,
    backupType,
    baseBackupId: described(z.optional(identifier), 'Of an incremental backup: what it would build upon'),
    scope: described(z.optional(backupScope), 'What would be backed up; absent: everything'),
    path: described(z.string(), "The folder that the backup's own would lie in"),
    sizeBytes: described(z.optional(decimal64), 'Of the last one of the same scope and type'),
    ...running,
    ...common,
  })
  .register(z.globalRegistry, { id: 'BackupPlan' });
export type BackupPlan = z.infer<typeof backupPlan>;

export const restorePlan = z
  .object({
    action: described(z.enum(['restore', 'drill']), 'A drill restores into a cluster that is made for it'),
    clusterId: described(z.optional(identifier), 'Absent: of a new cluster, whose id is made when it is'),
    scope: described(z.optional(backupScope), 'What would be restored; absent: everything that the backup holds'),
    ...sourceRequest,
    chain: described(
      z.array(
        z.object({
          backupId: identifier,
          backupType,
          path: z.string(),
          sizeBytes: decimal64,
          tidbVersion: described(z.optional(z.string()), 'The release of TiDB that took it; absent: it is not known'),
          files: z.optional(z.number()),
        }),
      ),
      'In the order in which they would be restored: a full one, and what builds upon it',
    ),
    /** Of the whole chain; a scope needs less. */
    sizeBytes: decimal64,
    files: described(z.optional(z.number()), 'Of the whole chain; absent: those of one were not counted'),
    accounts: described(z.string(), 'What becomes of users and grants of the cluster'),
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
        sizeBytes: described(z.optional(decimal64), 'Absent: of a backup that did not finish nobody knows'),
        files: z.optional(z.number()),
        lockedUntil: described(z.optional(z.iso.datetime()), 'The record stays `Deleting` until then'),
      }),
    ),
    dependents: described(
      z.array(identifier),
      'What builds upon them and would have to go first, and does not: `force` is not given',
    ),
    keeps: described(
      z.array(z.object({ backupId: identifier, reason: z.string() })),
      'What would be passed over, and why',
    ),
    /** Of all of `deletes`, as far as it is known. */
    sizeBytes: decimal64,
    files: described(z.optional(z.number()), 'Of all of `deletes`; absent: those of one were not counted'),
    lockedUntil: described(z.optional(z.iso.datetime()), 'When the last of them would be gone, if one is locked'),
    ...common,
  })
  .register(z.globalRegistry, { id: 'DeletionPlan' });
export type DeletionPlan = z.infer<typeof deletionPlan>;

export const undeletePlan = z
  .object({
    action: z.literal('undelete'),
    backupId: identifier,
    clusterId: identifier,
    path: described(z.string(), 'The folder of its files'),
    asOf: described(z.iso.datetime(), 'Each file becomes again what was written last by then'),
    sizeBytes: decimal64,
    files: described(z.optional(z.number()), 'How many files it has to have; absent: they were not counted'),
    recoverDeletedDays: described(
      z.optional(z.int()),
      'For how many days its bucket keeps what is deleted or overwritten; absent: it is not the deployment’s own, or older than that rule',
    ),
    ...common,
  })
  .register(z.globalRegistry, { id: 'UndeletePlan' });
export type UndeletePlan = z.infer<typeof undeletePlan>;

export const checkPlan = z
  .object({
    action: z.literal('check'),
    clusterId: described(z.optional(identifier), 'Absent: of the configuration'),
    path: described(z.optional(z.string()), 'The storage path; absent: the configuration names none that can be used'),
    writes: described(z.array(z.string()), 'What would be made for the time of the check, and removed again'),
    ...common,
  })
  .register(z.globalRegistry, { id: 'CheckPlan' });
export type CheckPlan = z.infer<typeof checkPlan>;

export const changePlan = z
  .object({
    action: z.enum(['cancel', 'register', 'change', 'remove', 'saveStrategy', 'deleteStrategy', 'configure']),
    clusterId: described(
      z.optional(identifier),
      'Absent: of the configuration, or of a cluster whose id is made when it is',
    ),
    backupId: described(z.optional(identifier), 'Of a cancellation'),
    changes: described(z.array(z.string()), 'What would be different afterwards, for people; empty: nothing'),
    nextRuns: described(z.optional(z.array(z.iso.datetime())), 'Of a strategy that would be saved: its next starts'),
    backups: described(z.optional(deletionPlan), 'Of the backups that would be deleted with their cluster'),
    conflicts: common.conflicts,
  })
  .register(z.globalRegistry, { id: 'ChangePlan' });
export type ChangePlan = z.infer<typeof changePlan>;

export function conflictOf({ code, message }: ServiceError): Conflict {
  return { code, message };
}

/** The sum, if all were counted. */
export function allFiles(counts: readonly (number | undefined)[]): { files?: number } {
  const files = counts.reduce((sum, count) => (sum === undefined || count === undefined ? undefined : sum + count), 0);
  return files === undefined ? {} : { files };
}
