import type { Cluster, DeletedBackups } from '../../domain/cluster/cluster.ts';
import type { ClusterStore } from '../../domain/cluster/cluster-store.ts';
import { type Clock, timestamp } from '../../domain/shared/clock.ts';
import type { Attempt } from '../../domain/shared/request-attempt.ts';
import type { SecretVault } from '../../domain/shared/secret-vault.ts';
import { endedBy } from '../../domain/strategy/strategy.ts';
import type { StrategyStore } from '../../domain/strategy/strategy-store.ts';
import { type DeleteBackupRecordsDeps, deleteBackupRecords } from '../deletion/delete-backup-records.ts';
import { lockCluster } from '../shared/lock-cluster.ts';
import { type EndWindowsDeps, tellOfEnded } from '../strategy/end-windows.ts';
import { dropSecrets } from './keep-secrets.ts';

export interface FinishRemovalDeps extends DeleteBackupRecordsDeps {
  clusters: Pick<ClusterStore, 'remove'>;
  secrets: Pick<SecretVault, 'remove'>;
  clock: Pick<Clock, 'now'>;
}

export interface RemoveClusterDeps extends FinishRemovalDeps, EndWindowsDeps {
  clusters: Pick<ClusterStore, 'get' | 'lock' | 'unlock' | 'remove'>;
  strategies: Pick<StrategyStore, 'keepMissed'>;
  attempt: Attempt;
}

/**
 * The operation id of all removals. Removals need not be told apart, so a repeated one continues one that was cut off,
 * instead of finding the cluster held forever.
 */
export const REMOVAL = 'removal';

/**
 * Removes a cluster and its secrets. Its backups stay, unless the automatic ones or all of them are to be deleted. The
 * lock prevents new backups, and the item is removed last, so that nothing of the cluster remains without it. Deletions
 * that have begun wait for that, and do not need the cluster.
 * @throws ServiceError 10003; 20114 while an operation holds the cluster; 20603
 */
export async function removeCluster(
  clusterId: string,
  deleteBackups: DeletedBackups | undefined,
  deps: RemoveClusterDeps,
): Promise<void> {
  // An earlier try, which was cut off, had finished the removal.
  if (deps.attempt.isRepeated && (await deps.clusters.get(clusterId)) === undefined) return;
  const since = timestamp(deps.clock);
  const maintenance = { status: 'Deleting', operationId: REMOVAL, since, deleteBackups } as const;
  const cluster = await lockCluster(clusterId, maintenance, deps.clusters);
  const ended = endedBy('the cluster was removed', cluster, undefined, deps.clock.now());
  await deps.strategies.keepMissed(clusterId, ended.missed);
  await tellOfEnded(clusterId, ended, deps);
  await finishRemoval(cluster, deps);
}

/**
 * Removes a cluster that is locked for removal, from wherever an earlier try stopped.
 * @throws ServiceError 20603
 */
export async function finishRemoval(
  {
    clusterId,
    account,
    certificates,
    maintenance,
  }: Pick<Cluster, 'clusterId' | 'account' | 'certificates' | 'maintenance'>,
  deps: FinishRemovalDeps,
): Promise<void> {
  const { clusters, secrets } = deps;
  const deleteBackups = maintenance?.deleteBackups;
  if (deleteBackups !== undefined) {
    await deleteBackupRecords({ clusterId, ...(deleteBackups === 'auto' && { backupMode: 'auto' }) }, deps);
  }
  await dropSecrets({ account, certificates }, secrets);
  await clusters.remove(clusterId, REMOVAL);
}
