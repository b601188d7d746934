import type { BackupStore } from '../../domain/backup/backup-store.ts';
import type { DeletionStore } from '../../domain/backup/deletion-store.ts';
import { assertNever } from '../../domain/shared/assert-never.ts';
import { type EndOperationDeps, endDeletion, endOperation, endRestore } from '../../domain/workflow/end-operation.ts';
import type { FlowName, OperationInput } from '../../domain/workflow/workflow.ts';

export interface FinishSucceededDeps extends EndOperationDeps {
  backups: Pick<BackupStore, 'get' | 'releaseBase' | 'releaseFromRestore'>;
  deletions: Pick<DeletionStore, 'finish'>;
}

/**
 * The flows whose last steps are only writes. A drill also has to destroy its cluster, which takes the rights of its
 * own nodes.
 */
const FINISHED_BY_WRITES = [
  'BackupCluster',
  'RestoreExistCluster',
  'RestoreNewCluster',
  'DeleteBackup',
  'UndeleteBackup',
] as const satisfies readonly FlowName[];
export type FinishedByWrites = (typeof FINISHED_BY_WRITES)[number];

export function isFinishedByWrites(flowName: FlowName): flowName is FinishedByWrites {
  return FINISHED_BY_WRITES.some((name) => name === flowName);
}

/**
 * Does the last steps of a workflow whose success is recorded, instead of its node `end`, which may not be invocable
 * (invariant 5). Idempotent, also concurrently with `end`.
 */
export async function finishSucceeded(
  flowName: FinishedByWrites,
  input: OperationInput,
  deps: FinishSucceededDeps,
): Promise<void> {
  switch (flowName) {
    case 'BackupCluster':
      return await endOperation(input, flowName, 'Finished', deps);
    case 'RestoreExistCluster':
    case 'RestoreNewCluster':
    case 'UndeleteBackup':
      return await endRestore(input, flowName, deps);
    case 'DeleteBackup':
      return await endDeletion(input, deps);
    default:
      return assertNever(flowName);
  }
}
