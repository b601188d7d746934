/** The metrics of the service: plain data that the code emits, alarms and the dashboard watch, and `docs/operations.md` lists. */
export const NAMESPACE = 'TidbBackup';

/** What the routes are counted as: the names of TiEM's design document, and ours in its style. */
export const OPERATIONS = [
  'backup/create',
  'backup/cancel',
  'backup/query',
  'backup/delete',
  'backup/delete_many',
  'backup/query_strategy',
  'backup/modify_strategy',
  'backup/delete_strategy',
  'backup/preview_retention',
  'backup/restore',
  'backup/restore_new',
  'backup/drill',
  'backup/undelete',
  'backup/evidence',
  'cluster/create',
  'cluster/query',
  'cluster/detail',
  'cluster/modify',
  'cluster/delete',
  'cluster/check',
  'cluster/evidence',
  'cluster/overview',
  'cluster/history',
  'workflow/query',
  'workflow/detail',
  'config/query',
  'config/query_all',
  'config/modify',
  'config/check',
  'backup/import',
  'workflow/import',
  'openapi/query',
] as const;
export type Operation = (typeof OPERATIONS)[number];

/** How a request ended: answered; refused as the caller's fault (HTTP 4xx); failed as ours (5xx). */
export const OUTCOMES = ['ok', 'refused', 'failed'] as const;

interface MetricDefinition {
  readonly unit: 'Count' | 'Seconds' | 'Milliseconds' | 'Bytes';
  /** It is kept once for each of these sets of dimensions; the empty set is the sum of all. Each value of a dimension costs as much as a metric. */
  readonly dimensions: readonly (readonly string[])[];
}

const BY_MODE = [['BackupMode'], []] as const;
const BY_FLOW = [['FlowName']] as const;
const OVERALL = [[]] as const;
const BY_CLUSTER = [['ClusterId'], []] as const;

export const METRICS = {
  /** One a request. */
  Requests: { unit: 'Count', dimensions: [['Operation', 'Outcome'], ['Outcome']] },
  /** Of each request, in the function. */
  Latency: { unit: 'Milliseconds', dimensions: [['Operation']] },

  /** Backups that were accepted; the others when their record came to be so. A user's cancel is no failure. */
  BackupsStarted: { unit: 'Count', dimensions: BY_MODE },
  BackupsFinished: { unit: 'Count', dimensions: BY_MODE },
  BackupsFailed: { unit: 'Count', dimensions: BY_MODE },
  BackupsCanceled: { unit: 'Count', dimensions: BY_MODE },
  /** Of each finished backup, from its node's first attempt to TiDB's answer. */
  BackupDuration: { unit: 'Seconds', dimensions: BY_MODE },
  BackupBytes: { unit: 'Bytes', dimensions: BY_MODE },

  /** Runs of all workflows, drills among them. */
  WorkflowsStarted: { unit: 'Count', dimensions: BY_FLOW },
  WorkflowsFinished: { unit: 'Count', dimensions: BY_FLOW },
  WorkflowsFailed: { unit: 'Count', dimensions: BY_FLOW },
  WorkflowsCanceled: { unit: 'Count', dimensions: BY_FLOW },
  /** Of each finished one, from its record to its end. */
  WorkflowDuration: { unit: 'Seconds', dimensions: BY_FLOW },

  /** Each sweep of auto-backup, 0 too; and each request that ends a window which no sweep has found missed yet. */
  WindowsMissed: { unit: 'Count', dimensions: OVERALL },
  /** Each sweep, 0 too: no value means that no sweep runs. */
  AutoBackupStartsFailed: { unit: 'Count', dimensions: OVERALL },

  /**
   * Each sweep of backup-ages, of each cluster that has a finished backup: since the end of the newest. Without metrics by cluster, of
   * those alone whose strategy names an age.
   */
  BackupAge: { unit: 'Seconds', dimensions: BY_CLUSTER },
  /** Each sweep, 0 too: clusters without a finished backup in the time that their strategy names. */
  ClustersOverdue: { unit: 'Count', dimensions: OVERALL },
  /** The same of the newest backup that a drill has verified. */
  VerifiedBackupAge: { unit: 'Seconds', dimensions: BY_CLUSTER },
  ClustersUnverified: { unit: 'Count', dimensions: OVERALL },
  /** Of each drill that verified its backup: from the start of the restore until all was compared. */
  RecoverySeconds: { unit: 'Seconds', dimensions: BY_CLUSTER },

  /** Each sweep of copies, 0 too: finished backups whose second copy is not whole in the time that the tenant file names. */
  CopiesLate: { unit: 'Count', dimensions: OVERALL },

  /** Each sweep of retention, 0 too: the deletions that it started. */
  BackupsRemovedByRetention: { unit: 'Count', dimensions: OVERALL },
  /** Each sweep, 0 too: clusters that it could not look at, and deletions that it could not start. */
  RetentionFailures: { unit: 'Count', dimensions: OVERALL },
} as const satisfies Record<string, MetricDefinition>;

export type MetricName = keyof typeof METRICS;

/** @param byCluster whether the tenant asks, and pays, for metrics of each cluster */
export function dimensionsOf(name: MetricName, byCluster: boolean): readonly (readonly string[])[] {
  const { dimensions } = METRICS[name];
  return dimensions === BY_CLUSTER && !byCluster ? OVERALL : dimensions;
}

type DimensionOf<Name extends MetricName> = (typeof METRICS)[Name]['dimensions'][number][number];

export interface Metrics {
  /**
   * Tells of one thing that happened, in one or more metrics.
   * @param details to search the log by; no dimensions, as they may have any number of values
   */
  emit<Name extends MetricName>(
    values: Readonly<Record<Name, number>>,
    dimensions: Readonly<Record<DimensionOf<Name>, string>>,
    details?: Readonly<Record<string, string | undefined>>,
  ): void;
}
