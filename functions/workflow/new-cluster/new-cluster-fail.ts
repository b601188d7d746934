import * as z from 'zod/mini';
import { releaseChain } from '../../domain/backup/backup-chain.ts';
import type { BackupStore } from '../../domain/backup/backup-store.ts';
import type { ClusterStore } from '../../domain/cluster/cluster-store.ts';
import { type Clock, timestamp } from '../../domain/shared/clock.ts';
import type { TidbGateway } from '../../domain/tidb/tidb.ts';
import { endRestore, freeCluster } from '../../domain/workflow/end-operation.ts';
import type { NodeFailureName } from '../../domain/workflow/failure-table.ts';
import { caughtError } from '../../domain/workflow/node-failure.ts';
import { newClusterInput, workflowOf } from '../../domain/workflow/workflow.ts';
import type { WorkflowStore } from '../../domain/workflow/workflow-store.ts';
import { stopRestores } from '../restore/stop-restores.ts';
import { failAfter } from '../shared/failed-operation.ts';
import { type GiveUpClusterDeps, giveUpCluster, ownCluster } from '../shared/give-up-cluster.ts';
import { recordDrillWithoutVerdict, recordRefuted } from '../shared/record-verdict.ts';

export const failedNewCluster = z.object({ ...newClusterInput.shape, error: caughtError });
export type FailedNewCluster = z.infer<typeof failedNewCluster>;

export interface NewClusterFailDeps extends GiveUpClusterDeps {
  clusters: Pick<ClusterStore, 'get' | 'unlock' | 'remove'>;
  backups: Pick<BackupStore, 'get' | 'releaseFromRestore' | 'recordDrill' | 'lookForCopyAgain' | 'recordDrillFailure'>;
  workflows: Pick<WorkflowStore, 'get' | 'setStatus' | 'recordNewCluster'>;
  tidb: Pick<TidbGateway, 'openControl'>;
  clock: Clock;
}

const NOT_EMPTY: NodeFailureName = 'ClusterNotEmpty';

/**
 * Node `fail` of a restore into a new cluster, and of a drill: afterwards nothing of it runs in TiDB, the cluster is
 * destroyed or kept as requested, and the workflow says which. A drill's record says why it failed. A restore that has
 * succeeded keeps its cluster and ends as a success, and a drill keeps its verdict, whatever failed afterwards.
 * Idempotent.
 * @throws the caught error; CleanupFailed, also while the cluster is still being destroyed
 */
export function newClusterFail(input: FailedNewCluster, deps: NewClusterFailDeps): Promise<never> {
  return failAfter(input.error, async () => {
    const hasSucceeded = (await deps.workflows.get(input.workFlowId))?.succeededAt !== undefined;
    if (hasSucceeded && input.drill === undefined) {
      await endRestore(input, 'RestoreNewCluster', deps);
      return undefined;
    }
    const cluster = await ownCluster(input, deps);
    const leftover = await stopRestores(input, cluster, deps);
    const fate = mustBeKept(input) ? 'kept' : await giveUpCluster(input, cluster, deps);
    const { workFlowId, provisioner, onFailure } = input;
    await removeUnusedAccount(input, deps);
    await releaseChain(input, deps.backups);
    await deps.workflows.recordNewCluster(workFlowId, { provisioner, onFailure, fate });
    if (input.drill === undefined) await recordRefuted(input, input.error, deps);
    else if (!hasSucceeded) await recordDrillWithoutVerdict(input, input.error, deps);
    await freeCluster(input, deps);
    await deps.workflows.setStatus(workflowOf(input), hasSucceeded ? 'Finished' : 'Error', timestamp(deps.clock));
    // Statements end with a destroyed cluster.
    return fate === 'destroyed' ? undefined : leftover;
  });
}

/** A cluster that holds tables is not new, whatever the provisioner says: it may be somebody's only copy. */
function mustBeKept({ onFailure, provisioner, error }: FailedNewCluster): boolean {
  return onFailure === 'keep' || (provisioner === 'lambda' && error.Error === NOT_EMPTY);
}

/** Nobody uses the account of a cluster that was never registered or no longer exists; that of a kept one stays. */
async function removeUnusedAccount(
  { clusterId, account }: FailedNewCluster,
  { clusters, secrets }: Pick<NewClusterFailDeps, 'clusters' | 'secrets'>,
): Promise<void> {
  if (!account?.managed || (await clusters.get(clusterId))?.account.secretArn === account.secretArn) return;
  await secrets.remove(account.secretArn);
}
