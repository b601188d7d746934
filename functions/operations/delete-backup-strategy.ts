import type { Clock } from '../domain/clock.ts';
import { ServiceError } from '../domain/errors.ts';
import type { ClusterStore } from '../domain/stores.ts';
import { endedBy } from '../domain/strategy.ts';
import type { StrategyStore } from '../domain/strategy-store.ts';
import { type EndWindowsDeps, tellOfEnded } from './end-windows.ts';
import { failingAs } from './failing-as.ts';
import { clusterNotFound } from './lock-cluster.ts';

export interface DeleteBackupStrategyDeps extends EndWindowsDeps {
  clusters: Pick<ClusterStore, 'get'>;
  strategies: Pick<StrategyStore, 'remove'>;
  clock: Pick<Clock, 'now'>;
}

/** As of a strategy that is saved. */
const MAX_TRIES = 3;

/**
 * DeleteBackupStrategy of the design document; a cluster without one is none the worse. A window that is open is cancelled, unless a
 * backup has started in it.
 * @throws ServiceError 10003, 20607
 */
export async function deleteBackupStrategy(clusterId: string, deps: DeleteBackupStrategyDeps): Promise<void> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const cluster = await failingAs('TIEM_BACKUP_STRATEGY_DELETE_FAILED', deps.clusters.get(clusterId));
    if (cluster === undefined) throw clusterNotFound(clusterId);
    const ended = endedBy('the strategy was deleted', cluster, undefined, deps.clock.now());
    const removed = deps.strategies.remove(clusterId, { servedAt: cluster.servedAt, ended });
    if (await failingAs('TIEM_BACKUP_STRATEGY_DELETE_FAILED', removed)) {
      return await tellOfEnded(clusterId, ended, deps);
    }
  }
  throw new ServiceError('TIEM_BACKUP_STRATEGY_DELETE_FAILED', 'the cluster kept changing; try again');
}
