import * as z from 'zod/mini';
import { backupType, decimal64 } from '../backup/backup-record.ts';
import { backupScope } from '../backup/backup-scope.ts';
import { described } from '../shared/described.ts';
import type { ServiceError } from '../shared/errors.ts';
import { identifier } from '../shared/identifiers.ts';
import { sourceRequest } from '../storage/second-copy.ts';
import { strategyPreview } from '../strategy/strategy-preview.ts';
import { executor } from '../workflow/executor.ts';
import { cost } from './cost.ts';

/**
 * What a request would do if it were sent now, from the code that carries it out, up to its first write. Omitted fields
 * cannot be known in advance, because the API sees neither TiDB nor files.
 */

const conflict = z.object({ code: z.number(), message: z.string() });
export type Conflict = z.infer<typeof conflict>;

const common = {
  conflicts: described(
    z.array(conflict),
    'Why the request would be refused right now: code and message of that answer. The answer may differ later',
  ),
  checksLeft: described(z.array(z.string()), 'What only the workflow can check, and may fail on'),
  cost: described(z.optional(cost), 'The cost; omitted if duration or size is unknown'),
};

/** How the statement would run: where, why there, and for how long. */
const running = {
  executor,
  executorReason: described(z.string(), 'Why it would run there, for people'),
  durationSeconds: described(z.optional(z.number()), 'Estimated duration; omitted if unknown'),
  durationBasis: described(z.optional(z.string()), 'What the estimate is based on'),
};

export const backupPlan = z
  .object({
    action: z.literal('backup'),
    clusterId: identifier,
    backupType,
    baseBackupId: described(z.optional(identifier), 'The base, for an incremental backup'),
    scope: described(z.optional(backupScope), 'What would be backed up; omitted for everything'),
    path: described(z.string(), "The folder that would contain the backup's own"),
    sizeBytes: described(z.optional(decimal64), 'Size of the last backup of the same scope and type'),
    ...running,
    ...common,
  })
  .register(z.globalRegistry, { id: 'BackupPlan' });
export type BackupPlan = z.infer<typeof backupPlan>;

export const restorePlan = z
  .object({
    action: described(z.enum(['restore', 'drill']), 'A drill restores into a cluster created for it'),
    clusterId: described(z.optional(identifier), 'Omitted for a new cluster, whose id is generated with it'),
    scope: described(z.optional(backupScope), 'What would be restored; omitted for everything that the backup holds'),
    ...sourceRequest,
    chain: described(
      z.array(
        z.object({
          backupId: identifier,
          backupType,
          path: z.string(),
          sizeBytes: decimal64,
          tidbVersion: described(z.optional(z.string()), 'The TiDB release that took it; omitted if unknown'),
          files: z.optional(z.number()),
        }),
      ),
      'In the order in which they would be restored: a full backup, then the incremental ones',
    ),
    /** Of the whole chain; restoring a scope reads less. */
    sizeBytes: decimal64,
    files: described(z.optional(z.number()), 'Of the whole chain; omitted if those of one backup were not counted'),
    accounts: described(z.string(), 'What happens to users and grants of the cluster'),
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
        sizeBytes: described(z.optional(decimal64), 'Omitted if unknown, as for a backup that did not finish'),
        files: z.optional(z.number()),
        lockedUntil: described(z.optional(z.iso.datetime()), 'The record stays `Deleting` until then'),
      }),
    ),
    dependents: described(
      z.array(identifier),
      'Incremental backups that block the deletion, because `force` is not given',
    ),
    keeps: described(z.array(z.object({ backupId: identifier, reason: z.string() })), 'What would be skipped, and why'),
    /** Of all of `deletes`, as far as it is known. */
    sizeBytes: decimal64,
    files: described(z.optional(z.number()), 'Of all of `deletes`; omitted if those of one backup were not counted'),
    lockedUntil: described(z.optional(z.iso.datetime()), 'When the last of them would be deleted, if one is locked'),
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
    asOf: described(z.iso.datetime(), 'Each file returns to what was last written by then'),
    sizeBytes: decimal64,
    files: described(z.optional(z.number()), 'How many files it should have; omitted if they were not counted'),
    recoverDeletedDays: described(
      z.optional(z.int()),
      'How many days its bucket keeps deleted or overwritten files; omitted if the bucket is not the deployment’s own, or the backup is older than that rule',
    ),
    ...common,
  })
  .register(z.globalRegistry, { id: 'UndeletePlan' });
export type UndeletePlan = z.infer<typeof undeletePlan>;

export const checkPlan = z
  .object({
    action: z.literal('check'),
    clusterId: described(z.optional(identifier), 'Omitted for a check of the configuration'),
    path: described(z.optional(z.string()), 'The storage path; omitted if the configuration names no usable one'),
    writes: described(z.array(z.string()), 'What the check would create and remove again'),
    ...common,
  })
  .register(z.globalRegistry, { id: 'CheckPlan' });
export type CheckPlan = z.infer<typeof checkPlan>;

export const changePlan = z
  .object({
    action: z.enum(['cancel', 'register', 'change', 'remove', 'saveStrategy', 'deleteStrategy', 'configure']),
    clusterId: described(
      z.optional(identifier),
      'Omitted for the configuration, or a cluster whose id is generated with it',
    ),
    backupId: described(z.optional(identifier), 'Only for a cancellation'),
    changes: described(z.array(z.string()), 'What would change, for people; empty if nothing would'),
    nextRuns: described(z.optional(z.array(z.iso.datetime())), 'The next starts of a strategy that would be saved'),
    preview: described(z.optional(strategyPreview), 'The windows of a strategy that would be saved'),
    backups: described(z.optional(deletionPlan), 'About the backups that would be deleted with their cluster'),
    conflicts: common.conflicts,
  })
  .register(z.globalRegistry, { id: 'ChangePlan' });
export type ChangePlan = z.infer<typeof changePlan>;

export function conflictOf({ code, message }: ServiceError): Conflict {
  return { code, message };
}

/** The total; unset unless all were counted. */
export function allFiles(counts: readonly (number | undefined)[]): { files?: number } {
  const files = counts.reduce((sum, count) => (sum === undefined || count === undefined ? undefined : sum + count), 0);
  return files === undefined ? {} : { files };
}
