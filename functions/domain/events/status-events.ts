import * as z from 'zod/mini';
import { backupMode, backupType, decimal64, recordFailure } from '../backup/backup-record.ts';
import { described } from '../shared/described.ts';
import { identifier } from '../shared/identifiers.ts';
import { flowName, workflowStatus } from '../workflow/workflow.ts';

/**
 * Rules on the tenant's default event bus may match on these. `version` changes when a field changes or is removed; new
 * fields may be added.
 */
export const BACKUP_STATUS_CHANGED = {
  source: 'tidb.backup',
  detailType: 'Backup Status Changed',
  version: '1',
} as const;
export const WORKFLOW_STATUS_CHANGED = {
  source: 'tidb.backup',
  detailType: 'Workflow Status Changed',
  version: '1',
} as const;

const moment = z.iso.datetime();

const change = {
  changeId: described(z.string(), 'The same if the change is published again'),
  sequence: described(
    z.string().check(z.regex(/^\d{1,40}$/)),
    'A decimal number that grows with each change of a record; events may arrive in any order',
  ),
  time: described(z.iso.datetime(), 'When the record was written'),
};

const previously = <Schema extends z.ZodMiniType>(status: Schema) =>
  described(z.optional(status), 'Omitted for a new record');

const correlationId = described(z.optional(z.string()), 'Correlation id of the request that led to it');

const backupStatus = z.enum(['Initializing', 'Processing', 'Finished', 'Failed', 'Canceled', 'Deleting', 'Deleted']);

/** The `detail` of {@link BACKUP_STATUS_CHANGED}. */
export const backupStatusChanged = z.object({
  ...change,
  backupId: identifier,
  clusterId: identifier,
  workFlowId: identifier,
  backupType,
  backupMode,
  previousStatus: previously(backupStatus),
  status: described(z.enum(backupStatus.options), '`Deleted`: the record and its files have been removed'),
  createTime: moment,
  startTime: z.optional(moment),
  endTime: z.optional(moment),
  sizeBytes: z.optional(decimal64),
  backupTso: z.optional(decimal64),
  error: described(z.optional(recordFailure), 'Only for a failed one'),
  deletionReason: described(z.optional(z.string()), 'Why retention removes it'),
  correlationId,
});
export type BackupStatusChanged = z.infer<typeof backupStatusChanged>;

const workflowStatusOrGone = z.enum([...workflowStatus.options, 'Deleted']);

/** The `detail` of {@link WORKFLOW_STATUS_CHANGED}. */
export const workflowStatusChanged = z.object({
  ...change,
  workFlowId: identifier,
  flowName,
  clusterId: described(identifier.clone(), '`config` for CheckConfig, which concerns no cluster'),
  previousStatus: previously(workflowStatusOrGone),
  status: described(z.enum(workflowStatusOrGone.options), '`Deleted`: rolled back before it started'),
  createTime: moment,
  correlationId,
});
export type WorkflowStatusChanged = z.infer<typeof workflowStatusChanged>;

export interface StatusEvents {
  /** Rejects if one of them could not be sent; others may have been. */
  backups(changes: readonly BackupStatusChanged[]): Promise<void>;
  workflows(changes: readonly WorkflowStatusChanged[]): Promise<void>;
}
