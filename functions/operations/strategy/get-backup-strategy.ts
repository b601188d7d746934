import type { Cluster } from '../../domain/cluster/cluster.ts';
import type { ClusterStore } from '../../domain/cluster/cluster-store.ts';
import { clusterNotFound } from '../shared/lock-cluster.ts';
import { wrapErrors } from '../shared/wrap-errors.ts';

export interface GetBackupStrategyDeps {
  clusters: Pick<ClusterStore, 'get'>;
}

/**
 * GetBackupStrategy of the design document: returns the cluster, which includes its strategy.
 * @throws ServiceError 10003, 20606
 */
export async function getBackupStrategy(clusterId: string, { clusters }: GetBackupStrategyDeps): Promise<Cluster> {
  const cluster = await wrapErrors('TIEM_BACKUP_STRATEGY_QUERY_FAILED', clusters.get(clusterId));
  if (cluster === undefined) throw clusterNotFound(clusterId);
  return cluster;
}
