import { costOf, usageOfBackup, usageOfDeletion, usageOfRestore, usageOfUndelete } from '../../domain/planning/cost.ts';
import { chooseExecutor, estimateBackup, estimateRestore } from '../../domain/planning/estimate.ts';
import type {
  BackupPlan,
  ChangePlan,
  CheckPlan,
  DeletionPlan,
  RestorePlan,
  UndeletePlan,
} from '../../domain/planning/plan.ts';
import { previewOf } from '../../domain/strategy/strategy-preview.ts';
import { accountsAfter } from '../../domain/tidb/system-tables.ts';
import { BACKUP_ID, BACKUP_RECORD, CLUSTER_ID, RUNNING_BACKUP_ID } from './examples.ts';

const { backupType, endTime, filePath, files, sizeBytes, startTime } = BACKUP_RECORD;
const isOnS3 = true;

/** Uses the service's own estimates and prices, so that examples look like real plans. */
function planned<Plan>(
  estimate: { seconds: number; basis: string },
  rest: (running: { executor: 'lambda' | 'fargate'; seconds: number }) => Plan,
) {
  const { seconds, basis } = estimate;
  const { executor, reason } = chooseExecutor({ hasWorker: true, estimate });
  const running = { executor, executorReason: reason, durationSeconds: seconds, durationBasis: basis };
  return { ...running, conflicts: [], ...rest({ executor, seconds }) };
}

const lastRun = { backupType, startTime, endTime };
const fromLastRun = estimateBackup({ backupType, scopeKey: '*', recentRuns: [lastRun] }) ?? { seconds: 0, basis: '' };

export const BACKUP_PLAN: BackupPlan = planned(fromLastRun, (work) => ({
  action: 'backup' as const,
  clusterId: CLUSTER_ID,
  backupType,
  scope: { databases: ['shop'] },
  path: `s3://example-backups/tidb/${CLUSTER_ID}`,
  sizeBytes,
  checksLeft: ['whether TiDB answers, and the account of the cluster may back it up'],
  cost: costOf(usageOfBackup({ ...work, sizeBytes, isOnS3 })),
}));

export const RESTORE_PLAN: RestorePlan = planned(estimateRestore({ sizesBytes: [sizeBytes] }), (work) => ({
  action: 'restore' as const,
  clusterId: CLUSTER_ID,
  scope: { tables: ['shop.orders', '`my shop`.items'] },
  chain: [{ backupId: BACKUP_ID, backupType, path: filePath, sizeBytes, files }],
  sizeBytes,
  files,
  accounts: accountsAfter({}),
  checksLeft: ['whether the cluster holds tables of the backup'],
  cost: costOf(usageOfRestore({ ...work, sizesBytes: [sizeBytes], isOnS3 })),
}));

/** A restore of everything. */
const { clusterId: _, scope: __, ...intoNewCluster } = RESTORE_PLAN;
export const DRILL_PLAN: RestorePlan = { ...intoNewCluster, action: 'drill' };

export const UNDELETE_PLAN: UndeletePlan = {
  action: 'undelete',
  ...{ backupId: BACKUP_ID, clusterId: CLUSTER_ID, path: filePath },
  ...{ asOf: endTime, sizeBytes, files, recoverDeletedDays: 7 },
  conflicts: [],
  checksLeft: [
    'which files were deleted or overwritten, and whether the bucket still keeps the version of each that the backup wrote',
    'whether the cluster is free; otherwise the workflow waits for it',
  ],
  cost: costOf(usageOfUndelete({ files })),
};

export const DELETION_PLAN: DeletionPlan = {
  action: 'delete',
  deletes: [{ backupId: BACKUP_ID, path: filePath, sizeBytes, files }],
  dependents: [],
  keeps: [],
  sizeBytes,
  files,
  conflicts: [],
  checksLeft: ['whether storage blocks the deletion of files by a lock or hold that is not recorded'],
  cost: costOf(usageOfDeletion([{ sizeBytes, files, isOnS3 }])),
};

const storage = 's3://example-backups/tidb';

export const CONFIG_CHECK_PLAN: CheckPlan = {
  action: 'check',
  path: storage,
  writes: [`a file in ${storage}, unless the store locks files`],
  conflicts: [],
  checksLeft: ['everything: the API reaches neither TiDB nor the store'],
};

export const CHECK_PLAN: CheckPlan = {
  ...CONFIG_CHECK_PLAN,
  clusterId: CLUSTER_ID,
  writes: [
    ...CONFIG_CHECK_PLAN.writes,
    'a database with one row in the cluster',
    `a backup of it in ${storage}/${CLUSTER_ID}`,
  ],
};

const ofCluster = { clusterId: CLUSTER_ID, conflicts: [] };

export const CANCEL_PLAN: ChangePlan = {
  ...{ action: 'cancel', ...ofCluster, backupId: RUNNING_BACKUP_ID },
  changes: ['the backup ends as Canceled, and its files are removed'],
};

export const REGISTRATION_PLAN: ChangePlan = {
  action: 'register',
  changes: ['the cluster is registered', 'a check of it starts'],
  conflicts: [],
};

export const CLUSTER_CHANGE_PLAN: ChangePlan = { action: 'change', ...ofCluster, changes: ['endpoints', 'account'] };

export const REMOVAL_PLAN: ChangePlan = {
  ...{ action: 'remove', ...ofCluster },
  changes: ['the cluster is removed, with the secrets that the service keeps for it'],
  backups: DELETION_PLAN,
};

export const STRATEGY_PLAN: ChangePlan = {
  ...{ action: 'saveStrategy', ...ofCluster, changes: ['backupDate', 'period'] },
  nextRuns: ['2026-03-02T21:00:00.000Z', '2026-03-06T21:00:00.000Z', '2026-03-09T21:00:00.000Z'],
  /** Computed when the API is described: time zones take 20 ms, and no function starts with them. */
  get preview() {
    return previewOf(
      {
        ...{ weekdays: ['Monday', 'Friday'], period: { start: 22 * 60, end: 2 * 60 } },
        ...{ timezone: 'Europe/Berlin', paused: false },
      },
      Date.UTC(2026, 2, 1, 8),
    );
  },
};

export const STRATEGY_DELETION_PLAN: ChangePlan = {
  ...{ action: 'deleteStrategy', ...ofCluster },
  changes: ['automatic backups and retention of the cluster end'],
};

export const CONFIG_PLAN: ChangePlan = { action: 'configure', changes: ['BackupRateLimit is set'], conflicts: [] };
