import type { BackupChain } from '../domain/backup-chain.ts';
import { attemptLocation } from '../domain/backup-record.ts';
import type { BackupScope } from '../domain/backup-scope.ts';
import { costOf, usageOfRestore } from '../domain/cost.ts';
import { chooseExecutor, estimateRestore } from '../domain/estimate.ts';
import type { Executor } from '../domain/executor.ts';
import type { NewClusterRequest } from '../domain/new-cluster.ts';
import { allFiles, type Conflict, type RestorePlan } from '../domain/plan.ts';
import { displayPath, isOnS3 } from '../domain/storage-location.ts';
import type { BackupStore, ClusterStore, ConfigStore } from '../domain/stores.ts';
import { transferLimits } from '../domain/system-config.ts';
import { drillableBackup } from './drill-backup.ts';
import { lookAtLock } from './lock-cluster.ts';
import { refuseExecutorWithoutWorker } from './refuse-executor.ts';
import { restorableBackup } from './restorable-backup.ts';
import type { WantedRestore } from './restore-exist-cluster.ts';
import { adoptionOf, clusterIdTaken } from './restore-new-cluster.ts';

export interface PlanRestoreDeps {
  clusters: Pick<ClusterStore, 'get'>;
  backups: Pick<BackupStore, 'get'>;
  config: Pick<ConfigStore, 'read'>;
  hasWorker: boolean;
}

/**
 * What {@link restoreExistCluster} would do now.
 * @throws ServiceError 10001, 10003, 20601, 20604, 20610, 20612
 */
export async function planRestore(
  { clusterId, backupId, scope, executor }: WantedRestore,
  deps: PlanRestoreDeps,
): Promise<RestorePlan> {
  refuseExecutorWithoutWorker(executor, deps.hasWorker);
  const chain = await restorableBackup({ backupId, scope }, deps.backups);
  const { cluster, conflicts } = await lookAtLock(clusterId, deps.clusters);
  return await planOf(chain, { clusterId, scope, conflicts, pinned: executor ?? cluster.executor }, deps);
}

export interface PlanNewClusterRestoreDeps extends PlanRestoreDeps {
  hasProvisioner: boolean;
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
  const chain = await restorableBackup(request, deps.backups);
  if (clusterId !== undefined && (await deps.clusters.get(clusterId)) !== undefined) throw clusterIdTaken(clusterId);
  return await planOf(chain, { clusterId, scope: request.scope, conflicts: [], pinned: request.executor }, deps);
}

/**
 * What {@link drillBackup} would do now: a restore into a cluster that is made for it, and compared, and destroyed.
 * @throws ServiceError 10001, 20601, 20604, 20610, 20612
 */
export async function planDrill(
  { backupId, executor: pinned }: { backupId: string; executor?: Executor | undefined },
  deps: PlanNewClusterRestoreDeps,
): Promise<RestorePlan> {
  refuseExecutorWithoutWorker(pinned, deps.hasWorker);
  const { chain } = await drillableBackup(backupId, deps);
  const target = { clusterId: undefined, scope: undefined, conflicts: [], pinned };
  const { checksLeft, ...plan } = await planOf(chain, target, deps);
  return {
    ...plan,
    action: 'drill',
    checksLeft: [...checksLeft, 'what the throwaway cluster costs, and how long its provisioner takes to make it'],
  };
}

interface Target {
  /** Undefined: it is still to be made. */
  clusterId: string | undefined;
  /** Undefined: all that the backup holds. */
  scope: BackupScope | undefined;
  conflicts: Conflict[];
  pinned: Executor | undefined;
}

async function planOf(
  chain: BackupChain,
  { clusterId, scope, conflicts, pinned }: Target,
  { config, hasWorker }: PlanRestoreDeps,
): Promise<RestorePlan> {
  const sizesBytes = chain.map(({ sizeBytes }) => sizeBytes);
  const estimate = estimateRestore({ sizesBytes, limits: transferLimits(await config.read(), 'Restore') });
  const { executor, reason } = chooseExecutor({ hasWorker, pinned, estimate });
  const { seconds, basis } = estimate;
  return {
    action: 'restore',
    ...(clusterId !== undefined && { clusterId }),
    ...(scope && { scope }),
    chain: chain.map((record) => ({
      backupId: record.backupId,
      backupType: record.backupType,
      path: displayPath(attemptLocation(record, record.finishedAttempt)),
      sizeBytes: record.sizeBytes,
      ...(record.fileCount !== undefined && { files: record.fileCount }),
    })),
    sizeBytes: String(sizesBytes.reduce((sum, bytes) => sum + BigInt(bytes), 0n)),
    ...allFiles(chain.map(({ fileCount }) => fileCount)),
    executor,
    executorReason: reason,
    durationSeconds: seconds,
    durationBasis: basis,
    conflicts,
    checksLeft: [
      'whether the files are there and whole',
      ...(scope ? ['whether the backup holds all of the scope'] : []),
      'whether TiDB answers, is of a version that can restore them, and lets the account of the cluster do so',
      'whether the cluster holds tables that are to be restored',
      'how many TiKV nodes the cluster has, and its version: where it runs is chosen by that',
    ],
    cost: costOf(
      usageOfRestore({ executor, seconds, sizesBytes, isOnS3: chain.every((link) => isOnS3(link.location)) }),
    ),
  };
}
