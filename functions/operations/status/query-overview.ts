import type { BackupStore } from '../../domain/backup/backup-store.ts';
import type { ClusterHistory } from '../../domain/backup/cluster-history.ts';
import type { EvidenceRange } from '../../domain/backup/evidence-view.ts';
import { type Cluster, ownBackups } from '../../domain/cluster/cluster.ts';
import type { ClusterStore } from '../../domain/cluster/cluster-store.ts';
import type { Page, PageRequest } from '../../domain/shared/page.ts';
import type { WorkflowStore } from '../../domain/workflow/workflow-store.ts';
import { inParallel } from '../shared/in-parallel.ts';
import { clusterNotFound } from '../shared/lock-cluster.ts';
import { wrapErrors } from '../shared/wrap-errors.ts';

export interface QueryOverviewDeps {
  clusters: Pick<ClusterStore, 'list'>;
  backups: Pick<BackupStore, 'recentFinished' | 'newestVerified' | 'getAll'>;
  workflows: Pick<WorkflowStore, 'getAll'>;
}

type RecentBackup = Awaited<ReturnType<BackupStore['recentFinished']>>[number];

/** The state of a cluster. */
export interface ClusterOverview {
  cluster: Cluster;
  /** Its newest finished backups, newest first. */
  recent: RecentBackup[];
  /** The newest backup that a drill verified. */
  verified?: { backupId: string; endTime: string } | undefined;
  /** The operation that holds the cluster. */
  running?: { progress?: number | undefined; step?: string | undefined } | undefined;
}

/** Enough for a sparkline; reading one costs as much as reading all. */
const RECENT = 10;

/** Enough to hide the network's latency. */
const CONCURRENCY = 16;

/**
 * A page of clusters, each with its newest backups and its current operation. It costs four calls, plus two small
 * queries per cluster, or three to four if its backups do not name their TiDB.
 */
export async function queryOverview(
  page: PageRequest,
  { clusters, backups, workflows }: QueryOverviewDeps,
): Promise<Page<ClusterOverview>> {
  const { items, ...rest } = await clusters.list(page);
  const found = new Map<string, Pick<ClusterOverview, 'recent' | 'verified'>>();
  const lookUp = inParallel(items, CONCURRENCY, async (cluster) => {
    const own = ownBackups(cluster);
    const [recent, verified] = await Promise.all([backups.recentFinished(own, RECENT), backups.newestVerified(own)]);
    found.set(cluster.clusterId, { recent, verified });
  });
  const [running] = await Promise.all([runningIn(items, { backups, workflows }), lookUp]);
  return {
    ...rest,
    items: items.map((cluster) => ({
      cluster,
      recent: [],
      ...found.get(cluster.clusterId),
      running: cluster.maintenance && running.get(cluster.maintenance.operationId),
    })),
  };
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
