/**
 * The metrics of the service: plain data for the code that emits them, the alarms, the dashboard and
 * `docs/operations.md`.
 */
export const NAMESPACE = 'TidbBackup';

/** The operation names under which routes are counted: those of TiEM's design document, and ours in its style. */
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

/** How a request ended: answered; rejected as the caller's fault (HTTP 4xx); failed as ours (5xx). */
export const OUTCOMES = ['ok', 'refused', 'failed'] as const;

interface MetricDefinition {
  readonly unit: 'Count' | 'Seconds' | 'Milliseconds' | 'Bytes';
  /**
   * Emitted once for each of these sets of dimensions; the empty set is the total. Each value of a dimension costs as
   * much as a metric.
   */
  readonly dimensions: readonly (readonly string[])[];
}

const BY_MODE = [['BackupMode'], []] as const;
const BY_FLOW = [['FlowName']] as const;
const OVERALL = [[]] as const;
const BY_CLUSTER = [['ClusterId'], []] as const;

export const METRICS = {
  /** One per request. */
  Requests: { unit: 'Count', dimensions: [['Operation', 'Outcome'], ['Outcome']] },
  /** Per request, inside the function. */
  Latency: { unit: 'Milliseconds', dimensions: [['Operation']] },

  /** Accepted backups; the other counts are taken when the record changes. A user's cancellation is no failure. */
  BackupsStarted: { unit: 'Count', dimensions: BY_MODE },
  BackupsFinished: { unit: 'Count', dimensions: BY_MODE },
  BackupsFailed: { unit: 'Count', dimensions: BY_MODE },
  BackupsCanceled: { unit: 'Count', dimensions: BY_MODE },
  /** Per finished backup, from its node's first attempt to TiDB's answer. */
  BackupDuration: { unit: 'Seconds', dimensions: BY_MODE },
  BackupBytes: { unit: 'Bytes', dimensions: BY_MODE },

  /** Runs of all workflows, including drills. */
  WorkflowsStarted: { unit: 'Count', dimensions: BY_FLOW },
  WorkflowsFinished: { unit: 'Count', dimensions: BY_FLOW },
  WorkflowsFailed: { unit: 'Count', dimensions: BY_FLOW },
  WorkflowsCanceled: { unit: 'Count', dimensions: BY_FLOW },
  /** Per finished workflow, from the creation of its record to its end. */
  WorkflowDuration: { unit: 'Seconds', dimensions: BY_FLOW },

  /** Per auto-backup sweep, zero included; and per request that ends a window before a sweep found it missed. */
  WindowsMissed: { unit: 'Count', dimensions: OVERALL },
  /** Per sweep, zero included: no value means that no sweep runs. */
  AutoBackupStartsFailed: { unit: 'Count', dimensions: OVERALL },

  /**
   * Per backup-ages sweep and cluster with a finished backup: time since the newest ended. Without metrics by cluster,
   * only of clusters whose strategy names a maximum age.
   */
  BackupAge: { unit: 'Seconds', dimensions: BY_CLUSTER },
  /** Per sweep, zero included: clusters without a finished backup within the age that their strategy names. */
  ClustersOverdue: { unit: 'Count', dimensions: OVERALL },
  /** The same for the newest backup that a drill verified. */
  VerifiedBackupAge: { unit: 'Seconds', dimensions: BY_CLUSTER },
  ClustersUnverified: { unit: 'Count', dimensions: OVERALL },
  /** Per drill that verified its backup: from the start of the restore to the end of the comparison. */
  RecoverySeconds: { unit: 'Seconds', dimensions: BY_CLUSTER },

  /**
   * Per copies sweep, zero included: finished backups whose second copy is not complete within the time that the tenant
   * file names.
   */
  CopiesLate: { unit: 'Count', dimensions: OVERALL },

  /** Per run of the daily search of files, zero included: finished backups of which somebody else has deleted files, or whose files cannot be listed. */
  BackupFilesMissing: { unit: 'Count', dimensions: OVERALL },

  /** Per retention sweep, zero included: deletions started. */
  BackupsRemovedByRetention: { unit: 'Count', dimensions: OVERALL },
  /** Per sweep, zero included: clusters that could not be processed, and deletions that could not be started. */
  RetentionFailures: { unit: 'Count', dimensions: OVERALL },
} as const satisfies Record<string, MetricDefinition>;

export type MetricName = keyof typeof METRICS;

/** @param byCluster whether the tenant asks (and pays) for metrics by cluster */
export function dimensionsOf(name: MetricName, byCluster: boolean): readonly (readonly string[])[] {
  const { dimensions } = METRICS[name];
  return dimensions === BY_CLUSTER && !byCluster ? OVERALL : dimensions;
}

type DimensionOf<Name extends MetricName> = (typeof METRICS)[Name]['dimensions'][number][number];

export interface Metrics {
  /**
   * Emits one event as one or more metrics.
   * @param details searchable in the log; unlike dimensions, they may have any number of values
   */
  emit<Name extends MetricName>(
    values: Readonly<Record<Name, number>>,
    dimensions: Readonly<Record<DimensionOf<Name>, string>>,
    details?: Readonly<Record<string, string | undefined>>,
  ): void;
}
