import * as z from 'zod/mini';
import { backupMode, backupType, decimal64, recordFailure } from '../backup/backup-record.ts';
import { described } from '../shared/described.ts';
import { identifier } from '../shared/identifiers.ts';
import { flowName, workflowStatus } from '../workflow/workflow.ts';

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

const moment = z.iso.datetime();

const change = {
  changeId: described(z.string(), 'The same when the change is told of again'),
  sequence: described(
    z.string().check(z.regex(/^\d{1,40}$/)),
    'A decimal number. Of two changes of one record the later has the greater; their events may come in any order',
  ),
  time: described(z.iso.datetime(), 'When the record was written'),
};

const previously = <Schema extends z.ZodMiniType>(status: Schema) =>
  described(z.optional(status), 'Absent: the record is new');

const correlationId = described(z.optional(z.string()), 'Of the request that led to it');

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
  status: described(z.enum(backupStatus.options), '`Deleted`: the record is gone, and its files with it'),
  createTime: moment,
  startTime: z.optional(moment),
  endTime: z.optional(moment),
  sizeBytes: z.optional(decimal64),
  backupTso: z.optional(decimal64),
  error: described(z.optional(recordFailure), 'Of a failed one'),
  deletionReason: described(z.optional(z.string()), 'Of one that retention removes: why'),
  correlationId,
});
export type BackupStatusChanged = z.infer<typeof backupStatusChanged>;

const workflowStatusOrGone = z.enum([...workflowStatus.options, 'Deleted']);

/** The `detail` of {@link WORKFLOW_STATUS_CHANGED}. */
export const workflowStatusChanged = z.object({
  ...change,
  workFlowId: identifier,
  flowName,
  clusterId: described(identifier.clone(), '`config`: of CheckConfig, which is about no cluster'),
  previousStatus: previously(workflowStatusOrGone),
  status: described(z.enum(workflowStatusOrGone.options), '`Deleted`: it was taken back before it began'),
  createTime: moment,
  correlationId,
});
export type WorkflowStatusChanged = z.infer<typeof workflowStatusChanged>;

export interface StatusEvents {
  /** Rejects if one of them could not be sent; then others may have been. So for the next. */
  backups(changes: readonly BackupStatusChanged[]): Promise<void>;
  workflows(changes: readonly WorkflowStatusChanged[]): Promise<void>;
}
