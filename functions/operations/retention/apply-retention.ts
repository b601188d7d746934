import type { BackupStore } from '../../domain/backup/backup-store.ts';
import { ownBackups } from '../../domain/cluster/cluster.ts';
import type { ClusterStore } from '../../domain/cluster/cluster-store.ts';
import type { Due, DueStore } from '../../domain/cluster/due-store.ts';
import {
  type Decision,
  nextRetentionAt,
  planRetention,
  type RetainedBackup,
  retentionOf,
} from '../../domain/strategy/retention.ts';
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
  due: Pick<DueStore, 'find' | 'postpone'>;
  retention: RetentionView;
  /** False to leave the rest to the next sweep. */
  hasTime: () => boolean;
}

export interface RetentionSweep {
  /** Clusters checked. */
  clusters: number;
  /** Backups whose deletion was started. */
  removed: number;
  /** Backups now in use, as a base or by a restore: the next sweep checks again. */
  refused: number;
  /** Clusters that could not be checked, and backups whose deletion could not be started. */
  failed: number;
  /** Backups left for lack of time, or beyond the limit of a sweep. */
  left: number;
}

/** Enough to hide the network's latency, and far below the throttling limits of DynamoDB and Step Functions. */
const CONCURRENCY = 8;

/**
 * Limit per cluster and sweep. Each deletion briefly locks the cluster: a new rule on a cluster with thousands of
 * backups must not delay its next one.
 */
const MOST_OF_A_CLUSTER = 100;

/**
 * Starts the deletion of backups that retention does not keep: of clusters whose rule may remove something by now, and of
 * all with a backup whose `expireAt` has passed. A cluster of which nothing is removed is looked at again when an
 * operation on it ends, or when the passing of time alone may change the outcome. The next sweep continues one that crashes or runs out of time, with a new plan;
 * concurrent sweeps start nothing twice.
 * @param now the sweep's time, in milliseconds since 1970
 * @throws what the view throws before the first cluster is checked
 */
export async function applyRetention(now: number, deps: ApplyRetentionDeps): Promise<RetentionSweep> {
  const [due, expired] = await Promise.all([
    deps.due.find('retention', new Date(now).toISOString()),
    deps.retention.clustersWithExpired(now),
  ]);
  const dueOf = new Map(due.map((each) => [each.clusterId, each]));
  const clusterIds = [...new Set([...dueOf.keys(), ...expired])];
  const sweep: RetentionSweep = { clusters: clusterIds.length, removed: 0, refused: 0, failed: 0, left: 0 };
  await inParallel(clusterIds, CONCURRENCY, async (clusterId) => {
    // A failure of one cluster does not stop the sweep.
    await applyTo(clusterId, dueOf.get(clusterId), now, sweep, deps).catch((error: unknown) => {
      log.error({ message: 'the retention of a cluster could not be applied', clusterId, error });
      sweep.failed += 1;
    });
  });
  return sweep;
}

async function applyTo(
  clusterId: string,
  due: Due | undefined,
  now: number,
  sweep: RetentionSweep,
  deps: ApplyRetentionDeps,
): Promise<void> {
  if (!deps.hasTime()) return;
  // The index only says which clusters to check: use the current rule, because a user may just have relaxed it.
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
  // Until the next sweep finds nothing to remove: of what is deleted now, something may depend.
  if (due === undefined || removals.length > 0) return;
  const next = nextRetentionAt(backups, retention, now);
  if (next !== 'soon') await deps.due.postpone('retention', due, next);
}

async function remove(
  clusterId: string,
  { backup: { backupId }, reasons }: Decision,
  newest: readonly string[],
  deps: ApplyRetentionDeps,
): Promise<'removed' | 'refused' | 'failed' | 'left'> {
  try {
    // user:  ────── deletes the newest ────
    // sweep: plan ───────────────────────── begin (the one before)      without this check the cluster has none left
    const found = await deps.backups.getAll(newest);
    if (found.filter(({ status }) => status === 'Finished').length < newest.length) return 'left';
    const reason = reasons.join('; ');
    // The end of a chain comes first, and is being deleted by now. A base whose only remaining hold is that of a crash
    // is removed, too.
    const isStarted =
      (await startDeletion(backupId, deps, undefined, reason)) ?? (await deleteAfterDependents(backupId, deps, reason));
    if (!isStarted) {
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
