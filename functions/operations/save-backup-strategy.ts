import type { Clock } from '../domain/clock.ts';
import { ServiceError } from '../domain/errors.ts';
import type { ClusterStore } from '../domain/stores.ts';
import { nextWindow, type Strategy } from '../domain/strategy.ts';
import type { StrategyStore } from '../domain/strategy-store.ts';
import { failingAs } from './failing-as.ts';
import { clusterNotFound } from './lock-cluster.ts';
import { refuseExecutorWithoutWorker } from './refuse-executor.ts';

export interface SaveBackupStrategyDeps {
  clusters: Pick<ClusterStore, 'get'>;
  strategies: Pick<StrategyStore, 'save'>;
  hasWorker: boolean;
  clock: Pick<Clock, 'now'>;
}

/** @property timezone absent: the cluster's, as it is now */
export type WantedStrategy = Omit<Strategy, 'timezone'> & { timezone?: string | undefined };

/** Only a sweep that starts this cluster's backup just now comes in between, and one window is served once. */
const MAX_TRIES = 3;

/**
 * SaveBackupStrategy of the design document: creates or replaces it. A window that is open is served, unless a backup has
 * started in it by itself before.
 * @throws ServiceError 10001 its drills are to run on the worker, and there is none; 10003, 20605
 */
export async function saveBackupStrategy(
  clusterId: string,
  wanted: WantedStrategy,
  deps: SaveBackupStrategyDeps,
): Promise<void> {
  refuseExecutorWithoutWorker(wanted.drill?.executor, deps.hasWorker);
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const cluster = await failingAs('TIEM_BACKUP_STRATEGY_SAVE_FAILED', deps.clusters.get(clusterId));
    if (cluster === undefined) throw clusterNotFound(clusterId);
    const strategy = { ...wanted, timezone: wanted.timezone ?? cluster.timezone };
    const { servedAt } = cluster;
    const start = nextWindow(strategy, deps.clock.now(), servedAt)?.start;
    const nextRunAt = start === undefined ? undefined : new Date(start).toISOString();
    const saved = deps.strategies.save(clusterId, { strategy, nextRunAt, servedAt });
    if (await failingAs('TIEM_BACKUP_STRATEGY_SAVE_FAILED', saved)) return;
  }
  throw new ServiceError('TIEM_BACKUP_STRATEGY_SAVE_FAILED', 'the cluster kept changing; try again');
}
