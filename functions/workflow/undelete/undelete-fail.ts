import type { BackupStore } from '../../domain/backup/backup-store.ts';
import { type EndOperationDeps, endOperation, endRestore } from '../../domain/workflow/end-operation.ts';
import type { WorkflowStore } from '../../domain/workflow/workflow-store.ts';
import { type FailedOperation, failAfter } from '../shared/failed-operation.ts';

export interface UndeleteFailDeps extends EndOperationDeps {
  backups: Pick<BackupStore, 'get' | 'releaseFromRestore'>;
  workflows: Pick<WorkflowStore, 'get' | 'setStatus'>;
}

/**
 * Node `fail` of an undelete: the backup may be deleted again, and the cluster is released. Lost files are evidence
 * against the backup.
 * @throws the caught error; CleanupFailed
 */
export function undeleteFail(input: FailedOperation, deps: UndeleteFailDeps): Promise<never> {
  return failAfter(input.error, async () => {
    if ((await deps.workflows.get(input.workFlowId))?.succeededAt !== undefined) {
      await endRestore(input, 'UndeleteBackup', deps);
      return;
    }
    await deps.backups.releaseFromRestore(input.backupId, input.workFlowId);
    await endOperation(input, 'UndeleteBackup', 'Error', deps);
  });
}
