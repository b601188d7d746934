import type { BackupChain } from '../../domain/backup/backup-chain.ts';
import { attemptLocation, type TidbRelease } from '../../domain/backup/backup-record.ts';
import type { BackupScope } from '../../domain/backup/backup-scope.ts';
import type { BackupStore } from '../../domain/backup/backup-store.ts';
import type { ClusterStore } from '../../domain/cluster/cluster-store.ts';
import type { ConfigStore } from '../../domain/config/config-store.ts';
import { transferLimits } from '../../domain/config/system-config.ts';
import { costOf, usageOfRestore } from '../../domain/planning/cost.ts';
import { chooseExecutor, estimateRestore } from '../../domain/planning/estimate.ts';
import { allFiles, type Conflict, type RestorePlan } from '../../domain/planning/plan.ts';
import type { NewClusterRequest } from '../../domain/provisioning/new-cluster.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import { type RestoreSource, readFrom } from '../../domain/storage/second-copy.ts';
import { classNow, displayPath, isOnS3 } from '../../domain/storage/storage-location.ts';
import { accountsAfter, refuseSystemTablesOfPart, refuseUnconfirmedAccounts } from '../../domain/tidb/system-tables.ts';
import { parseTidbVersion } from '../../domain/tidb/tidb-version.ts';
import type { Executor } from '../../domain/workflow/executor.ts';
import { clusterIdTaken } from '../cluster/register-cluster.ts';
import { drillableBackup } from '../drill/drill-backup.ts';
import { lookAtLock } from '../shared/lock-cluster.ts';
import { refuseExecutorWithoutWorker } from '../shared/refuse-executor.ts';
import { restorableBackup } from '../shared/restorable-backup.ts';
import type { WantedRestore } from './restore-exist-cluster.ts';
import { adoptionOf } from './restore-new-cluster.ts';

export interface PlanRestoreDeps {
  clusters: Pick<ClusterStore, 'get'>;
  backups: Pick<BackupStore, 'get'>;
  config: Pick<ConfigStore, 'read'>;
  hasWorker: boolean;
  clock: Pick<Clock, 'now'>;
}

/**
 * What {@link restoreExistCluster} would do now.
 * @throws ServiceError 10001, 10003, 20601, 20604, 20610, 20612
 */
export async function planRestore(
  { clusterId, backupId, executor, ...wanted }: WantedRestore,
  deps: PlanRestoreDeps,
): Promise<RestorePlan> {
  refuseExecutorWithoutWorker(executor, deps.hasWorker);
  refuseSystemTablesOfPart(wanted);
  refuseUnconfirmedAccounts(wanted);
  const chain = await restorableBackup({ backupId, ...wanted }, deps.backups);
  const { cluster, conflicts } = await lookAtLock(clusterId, deps.clusters);
  return await planOf(chain, { ...wanted, clusterId, conflicts, pinned: executor ?? cluster.executor }, deps);
}

export interface PlanNewClusterRestoreDeps extends PlanRestoreDeps {
  hasProvisioner: boolean;
  secretsPrefix: string;
}

/**
 * What {@link restoreNewCluster} would do now.
 * @throws ServiceError 10001, 20601, 20604, 20610, 20612
 */
export async function planNewClusterRestore(
  { clusterId, ...request }: NewClusterRequest,
  deps: PlanNewClusterRestoreDeps,
): Promise<RestorePlan> {
  adoptionOf(request, deps);
  refuseExecutorWithoutWorker(request.executor, deps.hasWorker);
  refuseSystemTablesOfPart(request);
  refuseUnconfirmedAccounts(request);
  const chain = await restorableBackup(request, deps.backups);
  if (clusterId !== undefined && (await deps.clusters.get(clusterId)) !== undefined) throw clusterIdTaken(clusterId);
  const { scope, withSystemTables, source, executor: pinned } = request;
  return await planOf(chain, { clusterId, scope, withSystemTables, source, conflicts: [], pinned }, deps);
}

/**
 * What {@link drillBackup} would do now: restore into a new cluster, compare, and destroy it.
 * @throws ServiceError 10001, 20601, 20604, 20610, 20612
 */
export async function planDrill(
  {
    backupId,
    executor: pinned,
    source,
  }: { backupId: string; executor?: Executor | undefined; source?: RestoreSource | undefined },
  deps: PlanNewClusterRestoreDeps,
): Promise<RestorePlan> {
  refuseExecutorWithoutWorker(pinned, deps.hasWorker);
  const { chain } = await drillableBackup({ backupId, source }, deps);
  const target = { clusterId: undefined, scope: undefined, source, conflicts: [], pinned };
  const { checksLeft, ...plan } = await planOf(chain, target, deps);
  return {
    ...plan,
    action: 'drill',
    checksLeft: [...checksLeft, 'what the throwaway cluster costs, and how long its provisioner takes to create it'],
  };
}

interface Target {
  /** `undefined` if it does not exist yet. */
  clusterId: string | undefined;
  /** Defaults to everything that the backup holds. */
  scope?: BackupScope | undefined;
  withSystemTables?: boolean | undefined;
  source?: RestoreSource | undefined;
  conflicts: Conflict[];
  pinned: Executor | undefined;
}

async function planOf(
  chain: BackupChain,
  { clusterId, scope, withSystemTables, source, conflicts, pinned }: Target,
  { config, hasWorker, clock }: PlanRestoreDeps,
): Promise<RestorePlan> {
  const sizesBytes = chain.map(({ sizeBytes }) => sizeBytes);
  const estimate = estimateRestore({ sizesBytes, limits: transferLimits(await config.read(), 'Restore') });
  const { executor, reason } = chooseExecutor({ hasWorker, pinned, estimate });
  const { seconds, basis } = estimate;
  const isPart = (scope ?? chain.at(-1)?.scope) !== undefined;
  return {
    action: 'restore',
    ...(clusterId !== undefined && { clusterId }),
    ...(scope && { scope }),
    ...(source && { source }),
    chain: chain.map((record) => ({
      backupId: record.backupId,
      backupType: record.backupType,
      path: displayPath(readFrom(attemptLocation(record, record.finishedAttempt), source)),
      sizeBytes: record.sizeBytes,
      ...(record.tidbVersion !== undefined && { tidbVersion: record.tidbVersion }),
      ...(record.fileCount !== undefined && { files: record.fileCount }),
    })),
    sizeBytes: String(sizesBytes.reduce((sum, bytes) => sum + BigInt(bytes), 0n)),
    ...allFiles(chain.map(({ fileCount }) => fileCount)),
    executor,
    executorReason: reason,
    durationSeconds: seconds,
    durationBasis: basis,
    accounts: accountsAfter({ withSystemTables }),
    conflicts,
    checksLeft: [
      'whether the files are complete',
      ...(scope ? ['whether the backup holds everything in the scope'] : []),
      `whether TiDB answers, the account of the cluster may restore, and TiDB ${fits(chain.at(-1), withSystemTables)}`,
      'whether the cluster holds tables of the backup, or remains of an interrupted restore',
      ...(isPart && chain.length > 1
        ? ['whether the cluster is empty, which a restore of a part of a chain requires']
        : []),
      'whether a log backup or a changefeed runs on the cluster',
      'the number of TiKV nodes and the version of the cluster, which decide where the restore runs',
    ],
    cost: costOf(
      usageOfRestore({
        ...{ executor, seconds, sizesBytes },
        storageClasses: chain.map(({ location, createTime }) =>
          classNow(readFrom(location, source), createTime, clock),
        ),
        isOnS3: chain.every((link) => isOnS3(link.location)),
      }),
    ),
  };
}

/** How the cluster must match the backup. */
function fits({ tidbVersion, newCollationEnabled }: TidbRelease = {}, withSystemTables = false): string {
  const version = tidbVersion === undefined ? undefined : parseTidbVersion(tidbVersion);
  return [
    ...(withSystemTables ? ['is v7.6.0 or later'] : []),
    version === undefined
      ? 'is of a version that can restore the backup'
      : `is v${version.major}.0.0 or later, as the backup is of ${tidbVersion}`,
    newCollationEnabled === undefined
      ? 'has the new_collation_enabled of the backup'
      : `has new_collation_enabled = ${newCollationEnabled}`,
  ].join(', ');
}
