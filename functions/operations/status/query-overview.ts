import type { BackupStore } from '../../domain/backup/backup-store.ts';
import type { ClusterHistory } from '../../domain/backup/cluster-history.ts';
import type { EvidenceRange } from '../../domain/backup/evidence-view.ts';
import { type Cluster, ownBackups } from '../../domain/cluster/cluster.ts';
import type { ClusterStore } from '../../domain/cluster/cluster-store.ts';
import type { DueStore } from '../../domain/cluster/due-store.ts';
import type { Page, PageRequest } from '../../domain/shared/page.ts';
import type { WorkflowStore } from '../../domain/workflow/workflow-store.ts';
import { inParallel } from '../shared/in-parallel.ts';
import { clusterNotFound } from '../shared/lock-cluster.ts';
import { wrapErrors } from '../shared/wrap-errors.ts';

export interface QueryOverviewDeps {
  clusters: Pick<ClusterStore, 'list'>;
  backups: Pick<BackupStore, 'recentFinished' | 'newestVerified' | 'getAll'>;
  workflows: Pick<WorkflowStore, 'getAll' | 'newestFailedBackup'>;
}

export interface QueryProblemsDeps extends QueryOverviewDeps {
  clusters: Pick<ClusterStore, 'list' | 'getAll'>;
  workflows: Pick<WorkflowStore, 'getAll' | 'newestFailedBackup' | 'list'>;
  due: Pick<DueStore, 'find'>;
}

type RecentBackup = Awaited<ReturnType<BackupStore['recentFinished']>>[number];

/** The state of a cluster. */
export interface ClusterOverview {
  cluster: Cluster;
  /** Its newest finished backups, newest first. */
  recent: RecentBackup[];
  /** The newest backup that a drill verified. */
  verified?: { backupId: string; endTime: string } | undefined;
  /** A failed backup and why, if none has finished since. */
  lastFailed?: { backupId: string; endTime: string; error: string } | undefined;
  /** The operation that holds the cluster. */
  running?: { progress?: number | undefined; step?: string | undefined } | undefined;
}

/** Enough for a sparkline; reading one costs as much as reading all. */
const RECENT = 10;

/** Enough to hide the network's latency. */
const CONCURRENCY = 16;

/**
 * A page of clusters, each with its newest backups and its current operation. It costs four calls, plus three small
 * queries per cluster, or four to five if its backups do not name their TiDB; and one if backups have failed.
 */
export async function queryOverview(page: PageRequest, deps: QueryOverviewDeps): Promise<Page<ClusterOverview>> {
  const { items, ...rest } = await deps.clusters.list(page);
  return { ...rest, items: await overviewOf(items, deps) };
}

/** Failures further back are known by the age of the newest backup. */
const RECENT_FAILURES = 100;
const FAILED_WITHIN_MS = 7 * 86_400_000;

/**
 * A page of the clusters that indexes show as overdue, unverified or recently failed, longest overdue first. Some may
 * have recovered a moment ago. However many clusters there are, it costs six calls more than {@link queryOverview}.
 * @param now milliseconds since 1970
 */
export async function queryProblems(
  { page, pageSize }: PageRequest,
  now: number,
  deps: QueryProblemsDeps,
): Promise<Page<ClusterOverview>> {
  const failures = { flowName: 'BackupCluster', status: 'Error' } as const;
  const [due, failed] = await Promise.all([
    deps.due.find('overdue', new Date(now).toISOString()),
    deps.workflows.list(failures, { page: 1, pageSize: RECENT_FAILURES }),
  ]);
  const overdue = due.toSorted((a, b) => (a.dueAt < b.dueAt ? -1 : 1)).map(({ clusterId }) => clusterId);
  const recent = failed.items.filter(({ createTime }) => now - Date.parse(createTime) < FAILED_WITHIN_MS);
  const ids = [...new Set([...overdue, ...recent.map(({ bizId }) => bizId)])];
  const shown = ids.slice((page - 1) * pageSize, page * pageSize);
  const found = new Map((await deps.clusters.getAll(shown)).map((cluster) => [cluster.clusterId, cluster]));
  const items = await overviewOf(
    shown.flatMap((id) => found.get(id) ?? []),
    deps,
  );
  return { items, total: ids.length, ...(ids.length > page * pageSize && { next: shown.at(-1) }) };
}

async function overviewOf(
  clusters: readonly Cluster[],
  { backups, workflows }: Pick<QueryOverviewDeps, 'backups' | 'workflows'>,
): Promise<ClusterOverview[]> {
  const found = new Map<string, Pick<ClusterOverview, 'recent' | 'verified'>>();
  const failures = new Map<string, string>();
  const lookUp = inParallel(clusters, CONCURRENCY, async (cluster) => {
    const { clusterId, createTime } = cluster;
    const own = ownBackups(cluster);
    const [recent, verified, failed] = await Promise.all([
      backups.recentFinished(own, RECENT),
      backups.newestVerified(own),
      workflows.newestFailedBackup(clusterId),
    ]);
    found.set(clusterId, { recent, verified });
    const since = recent[0]?.endTime ?? createTime;
    if (failed !== undefined && failed.createTime > since) failures.set(clusterId, failed.backupId);
  });
  const [running] = await Promise.all([runningIn(clusters, { backups, workflows }), lookUp]);
  // A deleted record says that somebody has seen the failure.
  const failed = (await backups.getAll([...failures.values()])).flatMap((record) =>
    record.status === 'Failed' ? [record] : [],
  );
  const lastFailed = new Map(
    failed.map(({ clusterId, backupId, endTime, error }) => [clusterId, { backupId, endTime, error: error.message }]),
  );
  return clusters.map((cluster) => ({
    cluster,
    recent: [],
    ...found.get(cluster.clusterId),
    lastFailed: lastFailed.get(cluster.clusterId),
    running: cluster.maintenance && running.get(cluster.maintenance.operationId),
  }));
}

async function runningIn(
  clusters: readonly Cluster[],
  { backups, workflows }: Pick<QueryOverviewDeps, 'backups' | 'workflows'>,
): Promise<Map<string, NonNullable<ClusterOverview['running']>>> {
  const held = clusters.flatMap(({ maintenance }) => maintenance ?? []);
  const { backup = [], other = [] } = Object.groupBy(held, ({ status }) => (status === 'BackUp' ? 'backup' : 'other'));
  const [records, flows] = await Promise.all([
    backups.getAll(backup.map(({ operationId }) => operationId)),
    workflows.getAll(other.map(({ operationId }) => operationId)),
  ]);
  return new Map([
    ...records.map((record) => {
      const { progress, step } = record.status === 'Processing' ? record : { progress: 0, step: undefined };
      return [record.backupId, { progress, step }] as const;
    }),
    ...flows.map(({ workFlowId, step }) => [workFlowId, { step }] as const),
  ]);
}

/**
 * The data for a cluster's charts and timeline.
 * @throws ServiceError 10003, 20604
 */
export async function queryClusterHistory(
  clusterId: string,
  range: EvidenceRange,
  { clusters, history }: { clusters: Pick<ClusterStore, 'get'>; history: ClusterHistory },
): Promise<Awaited<ReturnType<ClusterHistory['read']>>> {
  const cluster = await wrapErrors('TIEM_BACKUP_RECORD_QUERY_FAILED', clusters.get(clusterId));
  if (cluster === undefined) throw clusterNotFound(clusterId);
  return await wrapErrors('TIEM_BACKUP_RECORD_QUERY_FAILED', history.read(ownBackups(cluster), range));
}
