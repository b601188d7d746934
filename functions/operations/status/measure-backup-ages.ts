import type { BackupStore } from '../../domain/backup/backup-store.ts';
import { type Cluster, ownBackups } from '../../domain/cluster/cluster.ts';
import type { ClusterStore } from '../../domain/cluster/cluster-store.ts';
import type { Metrics } from '../../domain/events/metrics.ts';
import { log } from '../../log.ts';
import { inParallel } from '../shared/in-parallel.ts';

export interface MeasureBackupAgesDeps {
  clusters: Pick<ClusterStore, 'all'>;
  backups: Pick<BackupStore, 'newestFinished' | 'newestVerified'>;
  metrics: Metrics;
  /** Whether to measure every cluster, or only those whose strategy names a maximum age. */
  everyCluster: boolean;
}

export interface BackupAges {
  clusters: number;
  /** Clusters without a finished backup within the age that their strategy names. */
  overdue: number;
  /** Clusters without a verified backup within the age that their strategy names. */
  unverified: number;
}

/** Enough to hide the network's latency. */
const CONCURRENCY = 16;

const HOUR_MS = 3_600_000;

/**
 * Measures the age of each cluster's newest finished and newest verified backup, and counts those that are too old.
 * Each is looked up with a small query of its own, so that failed, deleted and missing backups never count.
 * @param now the sweep's time, in milliseconds since 1970
 * @throws AggregateError if some clusters could not be checked; the others were
 */
export async function measureBackupAges(now: number, deps: MeasureBackupAgesDeps): Promise<BackupAges> {
  const clusters = await deps.clusters.all();
  const failures: unknown[] = [];
  let overdue = 0;
  let unverified = 0;
  await inParallel(clusters, CONCURRENCY, async (cluster) => {
    try {
      if (await isOverdue(cluster, now, deps)) overdue += 1;
      if (await isUnverified(cluster, now, deps)) unverified += 1;
    } catch (error) {
      failures.push(error);
    }
  });
  deps.metrics.emit({ ClustersOverdue: overdue, ClustersUnverified: unverified }, {});
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} clusters could not be checked`);
  return { clusters: clusters.length, overdue, unverified };
}

/** A cluster without backups is overdue once its registration is that old. */
async function isOverdue(
  cluster: Cluster,
  now: number,
  { backups, metrics, everyCluster }: Pick<MeasureBackupAgesDeps, 'backups' | 'metrics' | 'everyCluster'>,
): Promise<boolean> {
  const { clusterId, strategy } = cluster;
  const maxBackupAgeHours = strategy?.maxBackupAgeHours;
  if (maxBackupAgeHours === undefined && !everyCluster) return false;
  const own = ownBackups(cluster);
  const newest = await backups.newestFinished(own);
  const age = now - Date.parse(newest?.endTime ?? own.since);
  if (newest !== undefined) metrics.emit({ BackupAge: age / 1_000 }, { ClusterId: clusterId });
  if (maxBackupAgeHours === undefined || age <= maxBackupAgeHours * HOUR_MS) return false;
  log.warn({ message: 'no finished backup in time', clusterId, maxBackupAgeHours, newestBackup: newest });
  return true;
}

/**
 * Without a verified backup, the time of the registration counts here, too; or of the first backup of the present TiDB.
 */
async function isUnverified(
  cluster: Cluster,
  now: number,
  { backups, metrics, everyCluster }: Pick<MeasureBackupAgesDeps, 'backups' | 'metrics' | 'everyCluster'>,
): Promise<boolean> {
  const { clusterId, strategy } = cluster;
  const maxVerifiedAgeHours = strategy?.maxVerifiedAgeHours;
  if (maxVerifiedAgeHours === undefined && !everyCluster) return false;
  const own = ownBackups(cluster);
  const newest = await backups.newestVerified(own);
  const age = now - Date.parse(newest?.endTime ?? own.since);
  if (newest !== undefined) metrics.emit({ VerifiedBackupAge: age / 1_000 }, { ClusterId: clusterId });
  if (maxVerifiedAgeHours === undefined || age <= maxVerifiedAgeHours * HOUR_MS) return false;
  log.warn({ message: 'no verified backup in time', clusterId, maxVerifiedAgeHours, newestBackup: newest });
  return true;
}
