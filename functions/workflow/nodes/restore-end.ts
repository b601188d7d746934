import type { BackupStore } from '../../domain/stores.ts';
import type { FlowName, OperationInput } from '../../domain/workflow.ts';
import { type EndOperationDeps, endOperation } from './end-operation.ts';
import { releaseChain } from './held-chain.ts';

export interface RestoreEndDeps extends EndOperationDeps {
  backups: Pick<BackupStore, 'get' | 'releaseFromRestore'>;
}

/** Node `end` of a restore: the backup and what it builds upon may be deleted again, and the cluster is free. */
export async function restoreEnd(input: OperationInput, flowName: FlowName, deps: RestoreEndDeps): Promise<void> {
  await releaseChain(input, deps.backups);
  await endOperation(input, flowName, 'Finished', deps);
}
