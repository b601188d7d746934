import type { BackupStore } from '../../domain/stores.ts';
import type { FlowName, OperationInput } from '../../domain/workflow.ts';
import { type EndOperationDeps, endOperation } from './end-operation.ts';

export interface RestoreEndDeps extends EndOperationDeps {
  backups: Pick<BackupStore, 'releaseFromRestore'>;
}

/** Node `end` of a restore: the backup may be deleted again, and the cluster is free. */
export async function restoreEnd(input: OperationInput, flowName: FlowName, deps: RestoreEndDeps): Promise<void> {
  await deps.backups.releaseFromRestore(input.backupId, input.workFlowId);
  await endOperation(input, flowName, 'Finished', deps);
}
