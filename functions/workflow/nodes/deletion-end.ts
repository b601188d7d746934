import type { DeletionStore } from '../../domain/stores.ts';
import type { OperationInput } from '../../domain/workflow.ts';
import { type EndOperationDeps, endOperation } from './end-operation.ts';

export interface DeletionEndDeps extends EndOperationDeps {
  deletions: Pick<DeletionStore, 'finish'>;
}

/** Node `end` of a deletion: the files are proven gone, so the record goes too, and the cluster is free. */
export async function deletionEnd(input: OperationInput, deps: DeletionEndDeps): Promise<void> {
  await deps.deletions.finish(input.backupId);
  await endOperation(input, 'DeleteBackup', 'Finished', deps);
}
