import type { Cluster } from '../../domain/cluster/cluster.ts';
import type { ClusterStore } from '../../domain/cluster/cluster-store.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import { ServiceError } from '../../domain/shared/errors.ts';
import type { BackupWindow } from '../../domain/strategy/backup-window.ts';
import { dueTimes } from '../../domain/strategy/due-times.ts';
import { type EndedWindows, endedBy, nextWindow, type Strategy } from '../../domain/strategy/strategy.ts';
import type { StrategyStore } from '../../domain/strategy/strategy-store.ts';
import { clusterNotFound } from '../shared/lock-cluster.ts';
import { refuseExecutorWithoutWorker } from '../shared/refuse-executor.ts';
import { wrapErrors } from '../shared/wrap-errors.ts';
import { type EndWindowsDeps, tellOfEnded } from './end-windows.ts';

export interface SaveBackupStrategyDeps extends EndWindowsDeps {
  clusters: Pick<ClusterStore, 'get'>;
  strategies: Pick<StrategyStore, 'keepMissed' | 'save'>;
  hasWorker: boolean;
  clock: Pick<Clock, 'now'>;
}

/**
 * @property timezone defaults to the cluster's, and follows it
 * @property isSentBack whether this is an answer of `GET`, perhaps edited: it contains the effective time zone, which
 * nobody may have set
 */
export type WantedStrategy = Omit<Strategy, 'timezone' | 'followsCluster' | 'registeredAt'> & {
  timezone?: string | undefined;
  isSentBack?: boolean;
};

/** Only a sweep that is starting this cluster's backup can interfere, and a window is served once. */
const MAX_TRIES = 3;

/**
 * SaveBackupStrategy of the design document: creates or replaces it. An open window is served, unless an automatic
 * backup has already started in it; windows that only the former strategy had end as missed or canceled.
 * @throws ServiceError 10001 its drills need the worker, and there is none; 10003, 20605
 */
export async function saveBackupStrategy(
  clusterId: string,
  wanted: WantedStrategy,
  deps: SaveBackupStrategyDeps,
): Promise<void> {
  refuseExecutorWithoutWorker(wanted.drill?.executor, deps.hasWorker);
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const cluster = await wrapErrors('TIEM_BACKUP_STRATEGY_SAVE_FAILED', deps.clusters.get(clusterId));
    if (cluster === undefined) throw clusterNotFound(clusterId);
    const { servedAt, lastCanceled } = cluster;
    const now = deps.clock.now();
    const { strategy, next, ended } = afterSaving(wanted, cluster, now);
    const nextRunAt = next && new Date(next.start).toISOString();
    const reopens = nextRunAt !== undefined && nextRunAt === lastCanceled?.start;
    await wrapErrors('TIEM_BACKUP_STRATEGY_SAVE_FAILED', deps.strategies.keepMissed(clusterId, ended.missed));
    const saved = deps.strategies.save(clusterId, {
      ...{ strategy, nextRunAt, servedAt, ended, reopens },
      due: dueTimes(strategy, now),
    });
    if (await wrapErrors('TIEM_BACKUP_STRATEGY_SAVE_FAILED', saved)) return await tellOfEnded(clusterId, ended, deps);
  }
  throw new ServiceError('TIEM_BACKUP_STRATEGY_SAVE_FAILED', 'the cluster kept changing; try again');
}

/** The cluster's new strategy, and the windows of the former one that end with it. */
export function afterSaving(
  { isSentBack = false, ...wanted }: WantedStrategy,
  cluster: Cluster,
  now: number,
): { strategy: Strategy; next: BackupWindow | undefined; ended: EndedWindows } {
  const { servedAt, createTime, timezone } = cluster;
  const followed = cluster.strategy === undefined || cluster.strategy.followsCluster === true;
  const follows = wanted.timezone === undefined || (isSentBack && followed && wanted.timezone === timezone);
  const strategy: Strategy = {
    ...wanted,
    timezone: wanted.timezone ?? timezone,
    ...(follows && { followsCluster: true }),
    registeredAt: createTime,
  };
  const next = nextWindow(strategy, now, servedAt);
  const ended = endedBy(strategy.paused ? 'the strategy was paused' : 'the strategy was changed', cluster, next, now);
  return { strategy, next, ended };
}
