import type { BackupStore } from '../../domain/backup/backup-store.ts';
import { type Cluster, ownBackups } from '../../domain/cluster/cluster.ts';
import type { ClusterStore } from '../../domain/cluster/cluster-store.ts';
import type { AgesCursor, Due, DueStore } from '../../domain/cluster/due-store.ts';
import type { Metrics } from '../../domain/events/metrics.ts';
import { log } from '../../log.ts';
import { inParallel } from '../shared/in-parallel.ts';

export interface MeasureBackupAgesDeps {
  clusters: Pick<ClusterStore, 'all' | 'getAll'>;
  due: Pick<DueStore, 'find' | 'postpone'>;
  backups: Pick<BackupStore, 'newestFinished' | 'newestVerified' | 'getAll'>;
  metrics: Metrics;
  /** Whether to measure every cluster, or only those that may be overdue. */
  everyCluster: boolean;
  /** False to leave the rest to the next run. */
  hasTime: () => boolean;
}

export interface BackupAges {
  /** Clusters examined. */
  clusters: number;
  /** Clusters without a finished backup within the age that their strategy names. */
  overdue: number;
  /** Clusters without a verified backup within the age that their strategy names. */
  unverified: number;
  /** Unset unless it ran out of time. */
  stoppedAt?: AgesCursor;
}

/** Enough to hide the network's latency. */
const CONCURRENCY = 16;

/** Clusters read at a time. */
const PAGE = 1_000;

const HOUR_MS = 3_600_000;

/**
 * Counts the clusters whose newest finished or newest verified backup is too old. It reads those that may be overdue by
 * now, and moves on the time of those that are not; with `everyCluster`, all of them, and publishes each age. Overdue
 * ones stay due, so a run that continues another starts where that stopped; the last one publishes the counts.
 * @param now the sweep's time, in milliseconds since 1970
 * @param from where an earlier run stopped; defaults to the beginning
 * @throws AggregateError if some clusters could not be checked; the others were
 */
export async function measureBackupAges(
  now: number,
  deps: MeasureBackupAgesDeps,
  from: AgesCursor = { after: '', clusters: 0, overdue: 0, unverified: 0, failed: 0 },
): Promise<BackupAges> {
  const { failed, ...counts } = from;
  const due = deps.everyCluster ? [] : await deps.due.find('overdue', new Date(now).toISOString());
  const dueOf = new Map(due.map((each) => [each.clusterId, each]));
  const all = deps.everyCluster
    ? new Map((await deps.clusters.all()).map((each) => [each.clusterId, each]))
    : undefined;
  const ids = [...(all ?? dueOf).keys()].filter((clusterId) => clusterId > from.after).sort();
  const failures: unknown[] = [];
  for (let first = 0; first < ids.length; first += PAGE) {
    if (!deps.hasTime()) {
      const { clusters, overdue, unverified } = counts;
      return { clusters, overdue, unverified, stoppedAt: { ...counts, failed: failed + failures.length } };
    }
    const page = ids.slice(first, first + PAGE);
    const clusters = all ? page.flatMap((clusterId) => all.get(clusterId) ?? []) : await deps.clusters.getAll(page);
    await inParallel(clusters, CONCURRENCY, async (cluster) => {
      try {
        const ages = await agesOf(cluster, now, deps);
        const isOverdue = isTooOld(ages.finished, 'no finished backup in time', cluster, now);
        const isUnverified = isTooOld(ages.verified, 'no verified backup in time', cluster, now);
        if (isOverdue) counts.overdue += 1;
        if (isUnverified) counts.unverified += 1;
        const found = dueOf.get(cluster.clusterId);
        if (found && !isOverdue && !isUnverified) await lookLater(found, ages, deps);
      } catch (error) {
        failures.push(error);
      }
    });
    counts.clusters += clusters.length;
    counts.after = page.at(-1) ?? counts.after;
  }
  const { clusters, overdue, unverified } = counts;
  deps.metrics.emit({ ClustersOverdue: overdue, ClustersUnverified: unverified }, {});
  const unchecked = failed + failures.length;
  if (unchecked > 0) throw new AggregateError(failures, `${unchecked} clusters could not be checked`);
  return { clusters, overdue, unverified };
}

interface Age {
  newest: { backupId: string; endTime: string } | undefined;
  /** End of the newest backup. Without one, when the cluster, or its present TiDB, was registered. */
  since: number;
  /** Unset if any age is in order. */
  maxHours: number | undefined;
}

type Ages = Readonly<Record<'finished' | 'verified', Age>>;

/** Each is looked up with a small query of its own, so that failed, deleted and missing backups never count. */
async function agesOf(
  cluster: Cluster,
  now: number,
  { backups, metrics, everyCluster }: Pick<MeasureBackupAgesDeps, 'backups' | 'metrics' | 'everyCluster'>,
): Promise<Ages> {
  const { clusterId, strategy } = cluster;
  const own = ownBackups(cluster);
  const [maxBackupAge, maxVerifiedAge] = [strategy?.maxBackupAgeHours, strategy?.maxVerifiedAgeHours];
  const age = (newest: Age['newest'], maxHours: Age['maxHours']) => ({
    ...{ newest, maxHours },
    since: Date.parse(newest?.endTime ?? own.since),
  });
  const isAsked = (maxHours: Age['maxHours']) => everyCluster || maxHours !== undefined;
  const finished = age(isAsked(maxBackupAge) ? await backups.newestFinished(own) : undefined, maxBackupAge);
  if (finished.newest) metrics.emit({ BackupAge: (now - finished.since) / 1_000 }, { ClusterId: clusterId });
  const verified = age(isAsked(maxVerifiedAge) ? await backups.newestVerified(own) : undefined, maxVerifiedAge);
  if (verified.newest) metrics.emit({ VerifiedBackupAge: (now - verified.since) / 1_000 }, { ClusterId: clusterId });
  return { finished, verified };
}

function isTooOld({ newest, since, maxHours }: Age, message: string, { clusterId }: Cluster, now: number): boolean {
  if (maxHours === undefined || now - since <= maxHours * HOUR_MS) return false;
  log.warn({ message, clusterId, maxHours, newestBackup: newest });
  return true;
}

/**
 * Looks again when the newest backups are too old. An index may still hold a backup that is being deleted, or was
 * refuted, a moment ago, so this relies on the records alone; if one is no longer as found, the next sweep looks.
 */
async function lookLater(
  found: Due,
  ages: Ages,
  { backups, due }: Pick<MeasureBackupAgesDeps, 'backups' | 'due'>,
): Promise<void> {
  const wanted = Object.values(ages).filter(({ maxHours }) => maxHours !== undefined);
  const ids = [...new Set(wanted.flatMap(({ newest }) => newest?.backupId ?? []))];
  const records = new Map((await backups.getAll(ids)).map((record) => [record.backupId, record]));
  const isStill = ({ newest }: Age, isGood: (record: { verifiedAt?: string | undefined }) => boolean) => {
    const record = newest && records.get(newest.backupId);
    return newest === undefined || (record?.status === 'Finished' && isGood(record));
  };
  const { finished, verified } = ages;
  if (finished.maxHours !== undefined && !isStill(finished, () => true)) return;
  if (verified.maxHours !== undefined && !isStill(verified, ({ verifiedAt }) => verifiedAt !== undefined)) return;
  const next = wanted.map(({ since, maxHours = 0 }) => since + maxHours * HOUR_MS);
  await due.postpone('overdue', found, next.length === 0 ? undefined : new Date(Math.min(...next)).toISOString());
}
