import { scopeKey } from '../../domain/backup/backup-scope.ts';
import type { BackupStore } from '../../domain/backup/backup-store.ts';
import { ownBackups } from '../../domain/cluster/cluster.ts';
import type { ClusterStore } from '../../domain/cluster/cluster-store.ts';
import { costOf, usageAfterTransition, usageOfBackup } from '../../domain/planning/cost.ts';
import { chooseExecutor, estimateBackup, RECENT_RUNS_READ } from '../../domain/planning/estimate.ts';
import type { BackupPlan } from '../../domain/planning/plan.ts';
import type { StorageTerms } from '../../domain/storage/storage-class.ts';
import { below, displayPath, isInBucket, isOnS3 } from '../../domain/storage/storage-location.ts';
import { lookAtLock } from '../shared/lock-cluster.ts';
import { type PlaceOfBackupDeps, placeOfBackup, type WantedBackup } from './backup-cluster.ts';
import { typeAndBase } from './start-backup.ts';

export interface PlanBackupDeps extends PlaceOfBackupDeps {
  clusters: Pick<ClusterStore, 'get'>;
  backups: Pick<BackupStore, 'recentFinished' | 'newestOfScope'>;
}

/** What only TiDB and the store know, which the API cannot reach. */
const CHECKS_OF_BASE = [
  'whether TiDB still knows what has changed since: its GC safe point',
  'whether DDL since then, or another version of TiDB, would make it impossible to restore: then it is refused',
  'whether the files of its whole chain exist',
];

/**
 * What {@link backupCluster} would do now. The workflow chooses the executor by the same rule; without earlier runs of
 * the same kind, it measures the cluster first, which the API cannot.
 * @throws ServiceError 10001, 10003, 20600, 20601, 20604, 20610
 */
export async function planBackup(wanted: WantedBackup, deps: PlanBackupDeps): Promise<BackupPlan> {
  const { clusterId, scope } = wanted;
  const base = await placeOfBackup(wanted, deps);
  const terms: StorageTerms = isInBucket(base) ? base : {};
  const { cluster, conflicts } = await lookAtLock(clusterId, deps.clusters);
  const own = ownBackups(cluster);
  const recentRuns = await deps.backups.recentFinished(own, RECENT_RUNS_READ);
  const built = await typeAndBase({ ...wanted, own, withoutBase: 'refused' }, deps.backups);
  const kind = { backupType: built.backupType, scopeKey: scopeKey(scope) };
  const notesTables = wanted.checksums ?? cluster.strategy?.drill !== undefined;
  const estimate = estimateBackup({ ...kind, notesTables, recentRuns });
  const pinned = wanted.executor ?? cluster.executor;
  const { executor, reason } = chooseExecutor({ hasWorker: deps.hasWorker, pinned, notesTables, estimate });
  const last = recentRuns.find((run) => run.backupType === kind.backupType && run.scopeKey === kind.scopeKey);
  return {
    action: 'backup',
    clusterId,
    backupType: kind.backupType,
    ...(built.base && { baseBackupId: built.base.backupId }),
    ...(scope && { scope }),
    path: displayPath(below(base, clusterId)),
    executor,
    executorReason: reason,
    ...(estimate && { durationSeconds: estimate.seconds, durationBasis: estimate.basis }),
    ...(estimate &&
      last && {
        sizeBytes: last.sizeBytes,
        cost: costOf(
          usageOfBackup({
            ...{ executor, seconds: estimate.seconds, sizeBytes: last.sizeBytes, isOnS3: isOnS3(base) },
            storageClass: terms.storageClass,
            recoverDeletedDays: terms.recoverDeletedDays,
            copy: terms.copy,
          }),
          usageAfterTransition(last.sizeBytes, terms),
        ),
      }),
    conflicts,
    checksLeft: [
      'whether TiDB answers, and the account of the cluster may back it up',
      ...(scope ? ['whether the cluster has everything in the scope'] : []),
      ...(built.base ? CHECKS_OF_BASE : []),
      ...(last === undefined ? ['how much data the cluster holds, which decides where the backup runs'] : []),
    ],
  };
}
