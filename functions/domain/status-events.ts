import * as z from 'zod/mini';
import { backupMode, backupType, decimal64, recordFailure } from './backup-record.ts';
import { identifier } from './identifiers.ts';
import { flowName, workflowStatus } from './workflow.ts';

/** Rules on the tenant's default event bus may match on these. Another `version` is told when a field changes or goes; new ones may come. */
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

const change = {
  /** The same when the change is told of again. */
  changeId: z.string(),
  /** Orders the changes of one record: a decimal number of up to 40 digits. Events may overtake each other. */
  sequence: z.string().check(z.regex(/^\d{1,40}$/)),
  /** When the record was written. */
  time: z.iso.datetime(),
};

/** `Deleted`: the record is gone. */
const backupStatus = z.enum(['Initializing', 'Processing', 'Finished', 'Failed', 'Canceled', 'Deleting', 'Deleted']);

/** The `detail` of {@link BACKUP_STATUS_CHANGED}. */
export const backupStatusChanged = z.object({
  ...change,
  backupId: identifier,
  clusterId: identifier,
  workFlowId: identifier,
  backupType,
  backupMode,
  /** Absent: the record is new. */
  previousStatus: z.optional(backupStatus),
  status: backupStatus,
  createTime: z.iso.datetime(),
  startTime: z.optional(z.iso.datetime()),
  endTime: z.optional(z.iso.datetime()),
  /** Of a finished one. */
  sizeBytes: z.optional(decimal64),
  backupTso: z.optional(decimal64),
  /** Of a failed one. */
  error: z.optional(recordFailure),
  /** Of the request that started the backup. */
  correlationId: z.optional(z.string()),
});
export type BackupStatusChanged = z.infer<typeof backupStatusChanged>;

/** `Deleted`: it was taken back before it began. */
const workflowStatusOrGone = z.enum([...workflowStatus.options, 'Deleted']);

/** The `detail` of {@link WORKFLOW_STATUS_CHANGED}. */
export const workflowStatusChanged = z.object({
  ...change,
  workFlowId: identifier,
  flowName,
  clusterId: identifier,
  previousStatus: z.optional(workflowStatusOrGone),
  status: workflowStatusOrGone,
  createTime: z.iso.datetime(),
  correlationId: z.optional(z.string()),
});
export type WorkflowStatusChanged = z.infer<typeof workflowStatusChanged>;

export interface StatusEvents {
  /** Rejects if one of them could not be sent; then others may have been. So for the next. */
  backups(changes: readonly BackupStatusChanged[]): Promise<void>;
  workflows(changes: readonly WorkflowStatusChanged[]): Promise<void>;
}
