import type { Clock } from '../../domain/shared/clock.ts';
import { endedBy } from '../../domain/strategy/strategy.ts';
import type { StrategyStore } from '../../domain/strategy/strategy-store.ts';
import { clusterNotFound } from '../shared/lock-cluster.ts';
import { wrapErrors } from '../shared/wrap-errors.ts';
import { type EndWindowsDeps, tellOfEnded } from './end-windows.ts';

export interface DeleteBackupStrategyDeps extends EndWindowsDeps {
  strategies: Pick<StrategyStore, 'keepMissed' | 'remove' | 'recordCanceled'>;
  clock: Pick<Clock, 'now'>;
}

/**
 * DeleteBackupStrategy of the design document; succeeds for a cluster without one. An open window is canceled, unless a
 * backup has started in it.
 * @throws ServiceError 10003, 20607
 */
export async function deleteBackupStrategy(clusterId: string, deps: DeleteBackupStrategyDeps): Promise<void> {
  const former = await wrapErrors('TIEM_BACKUP_STRATEGY_DELETE_FAILED', deps.strategies.remove(clusterId));
  if (former === undefined) throw clusterNotFound(clusterId);
  const ended = endedBy('the strategy was deleted', former, undefined, deps.clock.now());
  await wrapErrors('TIEM_BACKUP_STRATEGY_DELETE_FAILED', deps.strategies.keepMissed(clusterId, ended.missed));
  await tellOfEnded(clusterId, ended, deps);
  if (ended.canceled === undefined) return;
  await wrapErrors('TIEM_BACKUP_STRATEGY_DELETE_FAILED', deps.strategies.recordCanceled(clusterId, ended.canceled));
}
