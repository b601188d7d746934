import { newClusterInput, type OperationInput, operationInput } from '../domain/workflow.ts';
import { nodeHandler } from '../workflow/node-handler.ts';
import { type BackupDeps, type BackupResult, backup } from '../workflow/nodes/backup.ts';
import type { NodeRunner } from '../workflow/nodes/node-runner.ts';
import { type RemoveEarlierDeps, removeEarlierAttempts } from '../workflow/nodes/remove-earlier-attempts.ts';
import { type RestoreDeps, restoreFromSrcCluster } from '../workflow/nodes/restore-from-src-cluster.ts';
import { restoreIntoNewCluster } from '../workflow/nodes/restore-into-new-cluster.ts';
import { type VerifyRestoreDeps, verifyRestore, verifyRestoreInput } from '../workflow/nodes/verify-restore.ts';
import type { NodeOnWorker } from './task.ts';

export type WorkerDeps = Omit<BackupDeps & RestoreDeps & VerifyRestoreDeps & RemoveEarlierDeps, keyof NodeRunner>;

type Node = (input: unknown) => Promise<unknown>;

/** The same nodes as the functions', with as much time as they need. */
export function nodesOnWorker(deps: WorkerDeps, interruption: AbortSignal): Readonly<Record<NodeOnWorker, Node>> {
  const runner: NodeRunner = {
    executor: 'fargate',
    deadline: Number.POSITIVE_INFINITY,
    outOfTime: 'the worker has all the time that there is',
    interruption,
  };
  const own = { ...deps, ...runner };

  async function backupAlone(input: OperationInput): Promise<BackupResult> {
    const result = await backup(input, own);
    await removeEarlierAttempts(input.backupId, result.attempt, interruption, deps);
    return result;
  }

  return {
    backup: nodeHandler('backup', operationInput, backupAlone),
    restoreFromSrcCluster: nodeHandler('restoreFromSrcCluster', operationInput, (input) =>
      restoreFromSrcCluster(input, 'RestoreExistCluster', own),
    ),
    restoreNewCluster: nodeHandler('restoreNewCluster', newClusterInput, (input) => restoreIntoNewCluster(input, own)),
    verifyRestore: nodeHandler('verifyRestore', verifyRestoreInput, (input) => verifyRestore(input, own)),
  };
}

const STOPPED = 'the worker was stopped from outside';

/** What a stopped worker leaves behind. */
export const WHEN_STOPPED: Readonly<Record<NodeOnWorker, string>> = {
  backup: `${STOPPED}; the backup is begun anew on another, some times`,
  restoreFromSrcCluster: `${STOPPED}; restore again`,
  restoreNewCluster: `${STOPPED}; restore again`,
  verifyRestore: `${STOPPED}; all is compared anew on another, some times`,
};
