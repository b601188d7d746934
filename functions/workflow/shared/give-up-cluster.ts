import { type Cluster, managedSecrets } from '../../domain/cluster/cluster.ts';
import type { ClusterStore } from '../../domain/cluster/cluster-store.ts';
import type { ClusterFate, ProvisionerKind } from '../../domain/provisioning/made-cluster.ts';
import type { Provisioner } from '../../domain/provisioning/provisioner.ts';
import type { SecretVault } from '../../domain/shared/secret-vault.ts';
import { NodeFailure } from '../../domain/workflow/node-failure.ts';
import type { NewClusterInput } from '../../domain/workflow/workflow.ts';

export interface GiveUpClusterDeps {
  clusters: Pick<ClusterStore, 'get' | 'remove'>;
  provisioners: Readonly<Record<ProvisionerKind, Pick<Provisioner, 'destroy'>>>;
  secrets: Pick<SecretVault, 'remove'>;
}

/** `undefined` if it was never ready, is already removed, or its id belongs to another. */
export async function ownCluster(
  { clusterId, workFlowId }: Pick<NewClusterInput, 'clusterId' | 'workFlowId'>,
  { clusters }: Pick<GiveUpClusterDeps, 'clusters'>,
): Promise<Cluster | undefined> {
  const cluster = await clusters.get(clusterId);
  return cluster?.maintenance?.operationId === workFlowId ? cluster : undefined;
}

/**
 * Destroys a cluster that a workflow created, and removes its registration. The registration is removed last: until
 * then, the cluster is known and held. Idempotent.
 * @throws NodeFailure ClusterNotDestroyed while it is being destroyed
 */
export async function giveUpCluster(
  { workFlowId, clusterId, provisioner }: NewClusterInput,
  cluster: Cluster | undefined,
  { clusters, provisioners, secrets }: GiveUpClusterDeps,
): Promise<ClusterFate> {
  const fate = await provisioners[provisioner].destroy({ operationId: workFlowId, clusterId });
  if (fate === 'pending') throw new NodeFailure('ClusterNotDestroyed', 'the new cluster is still being destroyed');
  for (const secretArn of cluster ? managedSecrets(cluster) : []) await secrets.remove(secretArn);
  await clusters.remove(clusterId, workFlowId);
  return fate;
}
