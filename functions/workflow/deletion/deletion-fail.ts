import type { BackupStore } from '../../domain/backup/backup-store.ts';
import type { DeletionStore } from '../../domain/backup/deletion-store.ts';
import { type Clock, timestamp } from '../../domain/shared/clock.ts';
import { type EndOperationDeps, endDeletion, endOperation } from '../../domain/workflow/end-operation.ts';
import { recordError } from '../../domain/workflow/node-failure.ts';
import type { WorkflowStore } from '../../domain/workflow/workflow-store.ts';
import { type FailedOperation, failAfter } from '../shared/failed-operation.ts';

export interface DeletionFailDeps extends EndOperationDeps {
  backups: Pick<BackupStore, 'get' | 'releaseBase'>;
  deletions: Pick<DeletionStore, 'fail' | 'finish'>;
  workflows: Pick<WorkflowStore, 'get' | 'setStatus'>;
  clock: Pick<Clock, 'now'>;
}

/**
 * Node `fail` of a deletion: the record says why it still exists, and the cluster is released. Another deletion
 * continues.
 * @throws the caught error; CleanupFailed
 */
export function deletionFail(input: FailedOperation, deps: DeletionFailDeps): Promise<never> {
  return failAfter(input.error, async () => {
    if ((await deps.workflows.get(input.workFlowId))?.succeededAt !== undefined) {
      await endDeletion(input, deps);
      return undefined;
    }
    await deps.deletions.fail(input.backupId, { error: recordError(input.error), at: timestamp(deps.clock) });
    await endOperation(input, 'DeleteBackup', 'Error', deps);
  });
}
