import * as z from 'zod/mini';
import type { Clock } from '../../domain/clock.ts';
import type { Cluster } from '../../domain/cluster.ts';
import type { ClusterFate, ProvisionerKind } from '../../domain/new-cluster.ts';
import { caughtError, NodeFailure, type NodeFailureName } from '../../domain/node-failure.ts';
import type { Provisioner } from '../../domain/provisioner.ts';
import type { SecretVault } from '../../domain/secret-vault.ts';
import type { BackupStore, ClusterStore, WorkflowStore } from '../../domain/stores.ts';
import type { TidbGateway } from '../../domain/tidb.ts';
import { newClusterInput } from '../../domain/workflow.ts';
import { endOperation } from './end-operation.ts';
import { failAfter } from './failed-operation.ts';
import { releaseChain } from './held-chain.ts';
import { stopRestores } from './stop-restores.ts';

export const failedNewCluster = z.object({ ...newClusterInput.shape, error: caughtError });
export type FailedNewCluster = z.infer<typeof failedNewCluster>;

export interface NewClusterFailDeps {
  clusters: Pick<ClusterStore, 'get' | 'unlock' | 'remove'>;
  backups: Pick<BackupStore, 'get' | 'releaseFromRestore'>;
  workflows: Pick<WorkflowStore, 'setStatus' | 'noteNewCluster'>;
  provisioners: Readonly<Record<ProvisionerKind, Pick<Provisioner, 'destroy'>>>;
  tidb: Pick<TidbGateway, 'openControl'>;
  secrets: Pick<SecretVault, 'remove'>;
  clock: Clock;
}

const NOT_EMPTY: NodeFailureName = 'ClusterNotEmpty';

/**
 * Node `fail` of a restore into a new cluster: nothing of it runs in TiDB, the cluster is destroyed or kept as the request
 * said, and the workflow says which. Doing it again does what is left.
 * @throws the caught error; CleanupFailed, also while the cluster is still being destroyed
 */
export function newClusterFail(input: FailedNewCluster, deps: NewClusterFailDeps): Promise<never> {
  return failAfter(input.error, async () => {
    const cluster = await ownCluster(input, deps);
    if (cluster !== undefined) await stopRestores(input, cluster, deps);
    const fate = mustBeKept(input) ? 'kept' : await giveUp(input, cluster, deps);
    const { workFlowId, provisioner, onFailure } = input;
    await releaseChain(input, deps.backups);
    await deps.workflows.noteNewCluster(workFlowId, { provisioner, onFailure, fate });
    await endOperation(input, 'RestoreNewCluster', 'Error', deps);
  });
}

/** Undefined: it was never ready, it is forgotten already, or its id is another's. */
async function ownCluster(
  { clusterId, workFlowId }: FailedNewCluster,
  { clusters }: Pick<NewClusterFailDeps, 'clusters'>,
): Promise<Cluster | undefined> {
  const cluster = await clusters.get(clusterId);
  return cluster?.maintenance?.operationId === workFlowId ? cluster : undefined;
}

/** What holds tables is not new, whatever the provisioner says: it may be all that somebody has. */
function mustBeKept({ onFailure, provisioner, error }: FailedNewCluster): boolean {
  return onFailure === 'keep' || (provisioner === 'lambda' && error.Error === NOT_EMPTY);
}

/** The registration goes last: while it is there, the cluster is known and held. */
async function giveUp(
  { workFlowId, clusterId, provisioner }: FailedNewCluster,
  cluster: Cluster | undefined,
  { clusters, provisioners, secrets }: NewClusterFailDeps,
): Promise<ClusterFate> {
  const fate = await provisioners[provisioner].destroy({ operationId: workFlowId, clusterId });
  if (fate === 'pending') throw new NodeFailure('ClusterNotDestroyed', 'the new cluster is still being destroyed');
  if (cluster?.account.managed) await secrets.remove(cluster.account.secretArn);
  await clusters.remove(clusterId, workFlowId);
  return fate;
}
