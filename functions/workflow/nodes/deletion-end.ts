import type { DeletionStore } from '../../domain/stores.ts';
import type { OperationInput } from '../../domain/workflow.ts';
import { type EndOperationDeps, endWorkflow, freeCluster } from './end-operation.ts';

export interface DeletionEndDeps extends EndOperationDeps {
  deletions: Pick<DeletionStore, 'finish'>;
}

/**
 * Node `end` of a deletion: the files are proven gone, so the cluster is free and the record goes. In this order: deleting a
 * record again is how a dead deletion is taken up, so nothing may be held that no record tells of.
 */
export async function deletionEnd(input: OperationInput, deps: DeletionEndDeps): Promise<void> {
  await freeCluster(input, deps);
  await deps.deletions.finish(input.backupId);
  await endWorkflow(input, 'DeleteBackup', 'Finished', deps);
}
