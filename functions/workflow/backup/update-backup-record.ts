import * as z from 'zod/mini';
import type { BackupStore } from '../../domain/backup/backup-store.ts';
import { NodeFailure } from '../../domain/workflow/node-failure.ts';
import { operationInput } from '../../domain/workflow/workflow.ts';
import type { WorkflowStore } from '../../domain/workflow/workflow-store.ts';
import { backupResult } from './backup.ts';

export const updateBackupRecordInput = z.object({
  ...z.pick(operationInput, { workFlowId: true, clusterId: true, backupId: true, correlationId: true }).shape,
  backup: backupResult,
});
export type UpdateBackupRecordInput = Pick<
  z.infer<typeof updateBackupRecordInput>,
  'workFlowId' | 'clusterId' | 'backupId' | 'backup'
>;

export interface UpdateBackupRecordDeps {
  backups: Pick<BackupStore, 'get' | 'finish'>;
  workflows: Pick<WorkflowStore, 'recordSuccess'>;
}

/**
 * Node `updateBackupRecord`: records TSO, size, number of files, end time and lock. Idempotent.
 * @throws NodeFailure BackupCanceled if the request came while the statement ended; OperationSuperseded
 */
export async function updateBackupRecord(
  { workFlowId, clusterId, backupId, backup }: UpdateBackupRecordInput,
  { backups, workflows }: UpdateBackupRecordDeps,
): Promise<void> {
  const { endTime: at, tidbClusterId, ...result } = backup;
  const origin = tidbClusterId === undefined ? undefined : { clusterId, tidbClusterId };
  if ((await backups.finish(backupId, { ...result, origin, at })) !== undefined) {
    await workflows.recordSuccess(workFlowId, at);
    return;
  }
  const record = await backups.get(backupId);
  if (record?.status === 'Processing' && record.cancelRequested) {
    throw new NodeFailure('BackupCanceled', 'a user canceled the backup while it ended');
  }
  throw new NodeFailure('OperationSuperseded', 'the backup has already ended, or another attempt has taken it over');
}
