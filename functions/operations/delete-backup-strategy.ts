import type { StrategyStore } from '../domain/strategy-store.ts';
import { failingAs } from './failing-as.ts';
import { clusterNotFound } from './lock-cluster.ts';

export interface DeleteBackupStrategyDeps {
  strategies: Pick<StrategyStore, 'remove'>;
}

/**
 * DeleteBackupStrategy of the design document; a cluster without one is none the worse.
 * @throws ServiceError 10003, 20607
 */
export async function deleteBackupStrategy(clusterId: string, { strategies }: DeleteBackupStrategyDeps): Promise<void> {
  const found = await failingAs('TIEM_BACKUP_STRATEGY_DELETE_FAILED', strategies.remove(clusterId));
  if (!found) throw clusterNotFound(clusterId);
}
