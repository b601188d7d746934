import { newClusterInput, operationInput } from '../domain/workflow/workflow.ts';
import { type BackupAloneDeps, backupAlone } from '../workflow/backup/backup-alone.ts';
import { type VerifyRestoreDeps, verifyRestore, verifyRestoreInput } from '../workflow/drill/verify-restore.ts';
import { restoreIntoNewCluster } from '../workflow/new-cluster/restore-into-new-cluster.ts';
import { type RestoreDeps, restoreFromSrcCluster } from '../workflow/restore/restore-from-src-cluster.ts';
import { nodeHandler } from '../workflow/shared/node-handler.ts';
import type { NodeRunner } from '../workflow/shared/node-runner.ts';
import type { NodeOnWorker } from './task.ts';

export type WorkerDeps = Omit<BackupAloneDeps & RestoreDeps & VerifyRestoreDeps, keyof NodeRunner>;

type Node = (input: unknown) => Promise<unknown>;

/** The same nodes as in functions, without a time limit. */
export function nodesOnWorker(deps: WorkerDeps, interruption: AbortSignal): Readonly<Record<NodeOnWorker, Node>> {
  const runner: NodeRunner = {
    executor: 'fargate',
    deadline: Number.POSITIVE_INFINITY,
    outOfTime: 'the worker has no time limit',
    interruption,
  };
  const own = { ...deps, ...runner };

  return {
    backup: nodeHandler('backup', operationInput, (input) => backupAlone(input, own)),
    restoreFromSrcCluster: nodeHandler('restoreFromSrcCluster', operationInput, (input) =>
      restoreFromSrcCluster(input, 'RestoreExistCluster', own),
    ),
    restoreNewCluster: nodeHandler('restoreNewCluster', newClusterInput, (input) => restoreIntoNewCluster(input, own)),
    verifyRestore: nodeHandler('verifyRestore', verifyRestoreInput, (input) => verifyRestore(input, own)),
  };
}

const STOPPED = 'the worker was stopped from outside';

/** The consequence of a stopped worker. */
export const WHEN_STOPPED: Readonly<Record<NodeOnWorker, string>> = {
  backup: `${STOPPED}; another worker starts the backup again, up to the limit of attempts`,
  restoreFromSrcCluster: `${STOPPED}; restore again`,
  restoreNewCluster: `${STOPPED}; restore again`,
  verifyRestore: `${STOPPED}; another worker compares everything again, up to the limit of attempts`,
};
