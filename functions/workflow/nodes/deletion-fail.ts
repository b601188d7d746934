import { type Clock, timestamp } from '../../domain/clock.ts';
import { recordError } from '../../domain/node-failure.ts';
import type { DeletionStore } from '../../domain/stores.ts';
import { type EndOperationDeps, endOperation } from './end-operation.ts';
import { type FailedOperation, failAfter } from './failed-operation.ts';

export interface DeletionFailDeps extends EndOperationDeps {
  deletions: Pick<DeletionStore, 'fail'>;
  clock: Pick<Clock, 'now'>;
}

/**
 * Node `fail` of a deletion: the record says why it is still there, and the cluster is free. Deleting it again goes on.
 * @throws the caught error; CleanupFailed
 */
export function deletionFail(input: FailedOperation, deps: DeletionFailDeps): Promise<never> {
  return failAfter(input.error, async () => {
    await deps.deletions.fail(input.backupId, { error: recordError(input.error), at: timestamp(deps.clock) });
    await endOperation(input, 'DeleteBackup', 'Error', deps);
  });
}
