import type { FinishedBackup } from '../../domain/backup-record.ts';
import { NodeFailure } from '../../domain/node-failure.ts';
import type { BackupStore } from '../../domain/stores.ts';
import type { OperationInput } from '../../domain/workflow.ts';

export type HeldBackupDeps = Pick<BackupStore, 'get' | 'holdForRestore'>;

/** The backup, which nobody can delete until the workflow's last node lets go of it. @throws NodeFailure BackupNotRestorable */
export async function heldBackup(
  { backupId, workFlowId }: Pick<OperationInput, 'backupId' | 'workFlowId'>,
  backups: HeldBackupDeps,
): Promise<FinishedBackup> {
  const held = await backups.holdForRestore(backupId, workFlowId);
  if (held !== undefined) return held;
  const record = await backups.get(backupId);
  throw new NodeFailure(
    'BackupNotRestorable',
    record === undefined ? 'the backup record is gone' : `the backup is ${record.status}, it would have to be Finished`,
  );
}
