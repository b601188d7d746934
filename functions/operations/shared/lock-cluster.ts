import type { Cluster, Maintenance } from '../../domain/cluster/cluster.ts';
import type { ClusterStore } from '../../domain/cluster/cluster-store.ts';
import { type Conflict, conflictOf } from '../../domain/planning/plan.ts';
import { quoteInput, ServiceError } from '../../domain/shared/errors.ts';

/**
 * Locks the cluster for one operation.
 * @throws ServiceError 10003 there is no such cluster; 20114 another operation holds it
 */
export async function lockCluster(
  clusterId: string,
  maintenance: Maintenance,
  clusters: Pick<ClusterStore, 'lock' | 'unlock'>,
): Promise<Cluster> {
  const lock = await clusters.lock(clusterId, maintenance).catch(async (error: unknown) => {
    // The lock may be ours if only the answer was lost. Nobody else would release it.
    await clusters.unlock(clusterId, maintenance.operationId);
    throw error;
  });
  if (lock.outcome === 'notFound') throw clusterNotFound(clusterId);
  if (lock.outcome === 'held') throw maintenanceConflict(lock.maintenance);
  return lock.cluster;
}

/**
 * What {@link lockCluster} would find now.
 * @throws ServiceError 10003
 */
export async function lookAtLock(
  clusterId: string,
  clusters: Pick<ClusterStore, 'get'>,
): Promise<{ cluster: Cluster; conflicts: Conflict[] }> {
  const cluster = await clusters.get(clusterId);
  if (cluster === undefined) throw clusterNotFound(clusterId);
  const { maintenance } = cluster;
  return { cluster, conflicts: maintenance === undefined ? [] : [conflictOf(maintenanceConflict(maintenance))] };
}

export function clusterNotFound(clusterId: string): ServiceError {
  return new ServiceError('TIEM_CLUSTER_NOT_FOUND', `no cluster is registered as ${quoteInput(clusterId)}`);
}

/** @param holder unset if it has released the cluster meanwhile */
function maintenanceConflict(holder: Maintenance | undefined): ServiceError {
  const who = holder
    ? `${holder.status} ${holder.operationId} since ${holder.since}`
    : 'the other operation has just ended';
  return new ServiceError('TIEM_CLUSTER_MAINTENANCE_CONFLICT', `${who}; try again once the cluster is free`);
}
