import type { BackupStore } from '../../domain/backup/backup-store.ts';
import { ownBackups } from '../../domain/cluster/cluster.ts';
import type { ClusterStore } from '../../domain/cluster/cluster-store.ts';
import { type Decision, planRetention, type RetainedBackup, retentionOf } from '../../domain/strategy/retention.ts';
import type { RetentionView } from '../../domain/strategy/retention-view.ts';
import { log } from '../../log.ts';
import {
  type DeleteWithDependentsDeps,
  deleteAfterDependents,
  withoutStaleHolds,
} from '../deletion/delete-with-dependents.ts';
import { startDeletion } from '../deletion/start-deletion.ts';
import { inParallel } from '../shared/in-parallel.ts';

export interface ApplyRetentionDeps extends DeleteWithDependentsDeps {
  clusters: Pick<ClusterStore, 'get'>;
  backups: DeleteWithDependentsDeps['backups'] & Pick<BackupStore, 'getAll'>;
  retention: RetentionView;
  /** False: the rest is left to the next sweep. */
  hasTime: () => boolean;
}

export interface RetentionSweep {
  /** Those that were looked at. */
  clusters: number;
  /** Backups whose deletion was started. */
  removed: number;
  /** Backups that are in use by now, as a base or by a restore: the next sweep looks again. */
  refused: number;
  /** Clusters that could not be looked at, and backups whose deletion could not be started. */
  failed: number;
  /** Backups for which there was no time, or which were too many at once. */
  left: number;
}

/** Enough to hide the network's latency, and far below what DynamoDB or Step Functions would throttle. */
const CONCURRENCY = 8;

/**
 * Of one cluster, in one sweep. Each deletion holds the cluster for a moment: a rule that is new to a cluster of thousands of backups
 * must not keep its next one waiting.
 */
const MOST_OF_A_CLUSTER = 100;

/**
 * Starts the deletion of what retention does not keep: of clusters whose strategy has a rule, and of all that have a backup whose
 * `expireAt` has come. A sweep that dies, or has no time, is continued by the next, which plans anew; two beside each other start
 * nothing twice.
 * @param now the sweep's time, in milliseconds since 1970
 * @throws what the view throws before the first cluster is looked at
 */
export async function applyRetention(now: number, deps: ApplyRetentionDeps): Promise<RetentionSweep> {
  const found = await Promise.all([deps.retention.clustersWithRule(), deps.retention.clustersWithExpired(now)]);
  const clusterIds = [...new Set(found.flat())];
  const sweep: RetentionSweep = { clusters: clusterIds.length, removed: 0, refused: 0, failed: 0, left: 0 };
  await inParallel(clusterIds, CONCURRENCY, async (clusterId) => {
    // One's failure is not another's: the sweep goes on.
    await applyTo(clusterId, now, sweep, deps).catch((error: unknown) => {
      log.error({ message: 'the retention of a cluster could not be applied', clusterId, error });
      sweep.failed += 1;
    });
  });
  return sweep;
}

async function applyTo(clusterId: string, now: number, sweep: RetentionSweep, deps: ApplyRetentionDeps): Promise<void> {
  // The index only told whom to look at: the rule is the one of this moment, as a user may have just made it milder.
  const cluster = await deps.clusters.get(clusterId);
  const retention = retentionOf(cluster);
  const backups: RetainedBackup[] = [];
  for (const backup of await deps.retention.backupsOf(clusterId, cluster && ownBackups(cluster)))
    backups.push(await withoutStaleHolds(backup, deps));
  const { removals, newest } = planRetention(backups, retention, now);
  sweep.left += Math.max(removals.length - MOST_OF_A_CLUSTER, 0);
  for (const removal of removals.slice(0, MOST_OF_A_CLUSTER)) {
    const outcome = deps.hasTime() ? await remove(clusterId, removal, newest, deps) : 'left';
    sweep[outcome] += 1;
  }
}

async function remove(
  clusterId: string,
  { backup: { backupId }, reasons }: Decision,
  newest: readonly string[],
  deps: ApplyRetentionDeps,
): Promise<'removed' | 'refused' | 'failed' | 'left'> {
  try {
    // user:  ────── deletes the newest ────
    // sweep: plan ───────────────────────── begin (the one before)      without the look the cluster has none left
    const found = await deps.backups.getAll(newest);
    if (found.filter(({ status }) => status === 'Finished').length < newest.length) return 'left';
    const reason = reasons.join('; ');
    // The end of a chain comes first, and is being deleted by now. A base that is none any more, but for a hold that a death left, goes too.
    const isBegun =
      (await startDeletion(backupId, deps, undefined, reason)) ?? (await deleteAfterDependents(backupId, deps, reason));
    if (!isBegun) {
      log.info({ message: 'retention leaves a backup that is in use', clusterId, backupId });
      return 'refused';
    }
    log.info({ message: 'retention removes a backup', clusterId, backupId, reasons });
    return 'removed';
  } catch (error) {
    log.error({ message: 'retention could not remove a backup', clusterId, backupId, reasons, error });
    return 'failed';
  }
}
