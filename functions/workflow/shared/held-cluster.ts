import type { Cluster } from '../../domain/cluster/cluster.ts';
import type { ClusterStore } from '../../domain/cluster/cluster-store.ts';
import { NodeFailure } from '../../domain/workflow/node-failure.ts';
import type { OperationInput } from '../../domain/workflow/workflow.ts';

/**
 * The cluster, which this workflow holds; with `maintenanceStatusChange` false, its caller does.
 * @throws NodeFailure OperationSuperseded, because continuing would be a second operation on the cluster
 */
export async function heldCluster(input: OperationInput, clusters: Pick<ClusterStore, 'get'>): Promise<Cluster> {
  const cluster = await clusters.get(input.clusterId);
  const holder = cluster?.maintenance?.operationId;
  const isHeld = input.maintenanceStatusChange ? holder === input.workFlowId : holder !== undefined;
  if (cluster !== undefined && isHeld) return cluster;
  throw new NodeFailure(
    'OperationSuperseded',
    cluster === undefined ? 'the cluster is no longer registered' : 'the cluster is not held for this operation',
  );
}
