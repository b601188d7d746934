import type { ErrorName } from '../shared/errors.ts';

/** What a failure means for those who catch it. */
interface FailureMeaning {
  /** Row of {@link ERRORS} whose code the record's `error.code` takes. */
  readonly error: ErrorName;
  /** A later try may succeed. All other failures are non-retryable: the state machines try them once. */
  readonly isRetryable?: true;
  /** TiDB or the node has settled how BACKUP ended: what lies in its path is no backup, and nobody has to look for one. */
  readonly endsBackup?: true;
  /** The backup cannot build on its base; a full backup can still succeed. */
  readonly wantsFull?: true;
  /** Evidence against the backup. All other failures say something of what the backup was tried with. */
  readonly refutesBackup?: true;
  /** What an interrupted RESTORE leaves in its target makes the next one fail this way. */
  readonly isLeftover?: true;
  /** The operation itself is over: the node has nothing left to do. */
  readonly endsOperation?: true;
}

/**
 * Why a workflow node failed. Step Functions sees the name (`Catch`, `Retry`, the console). The row says everything that the service
 * concludes from the name.
 */
export const NODE_FAILURES = {
  /** No TiDB endpoint of the cluster could be reached. */
  TidbUnreachable: { error: 'TIEM_CONNECT_TIDB_ERROR', isRetryable: true },
  /** TiDB refused the account. */
  TidbAccessDenied: { error: 'TIEM_CONNECT_TIDB_ERROR' },
  /** The connection of the statement was lost, and nothing proves that the statement finished. */
  TidbConnectionLost: { error: 'TIEM_CONNECT_TIDB_ERROR', isRetryable: true },
  /** TiDB ended BACKUP with an error. */
  BackupFailed: { error: 'TIEM_BACKUP_RECORD_CREATE_FAILED', endsBackup: true },
  /** The attempt's path holds another backup, another backup writes to it, or it cannot be written at all. */
  BackupPathUnusable: { error: 'TIEM_BACKUP_PATH_CREATE_FAILED', endsBackup: true },
  /** TiDB no longer keeps the changes since the base of an incremental backup. */
  BasePastGcSafePoint: { error: 'TIEM_BACKUP_RECORD_CREATE_FAILED', endsBackup: true, wantsFull: true },
  /** The base of an incremental backup is missing, or its files are. */
  BaseGone: { error: 'TIEM_BACKUP_RECORD_INVALID', wantsFull: true },
  /** An incremental backup could not be restored, because of what happened since its base. */
  BaseUnfit: { error: 'TIEM_BACKUP_RECORD_INVALID', endsBackup: true, wantsFull: true },
  /** The schema changes since the base of an incremental backup cannot be read. */
  DdlHistoryUnreadable: { error: 'TIEM_CONNECT_TIDB_ERROR', wantsFull: true },
  /** The cluster or the backup lacks a database or table that was asked for. */
  ScopeNotFound: { error: 'TIEM_PARAMETER_INVALID' },
  /** The node's input is too large for the worker's environment. */
  TooMuchForWorker: { error: 'TIEM_PARAMETER_INVALID' },
  /** The function's time ran out before the statement finished; the statement was killed. */
  OutOfTime: { error: 'TIEM_BACKUP_RECORD_CREATE_FAILED', isRetryable: true },
  /** The worker that ran the statement was stopped from outside; the statement was killed. */
  WorkerInterrupted: { error: 'TIEM_BACKUP_RECORD_CREATE_FAILED', isRetryable: true },
  /** A user canceled the backup. */
  BackupCanceled: { error: 'TIEM_BACKUP_RECORD_CANCEL_FAILED', endsBackup: true, endsOperation: true },
  /** TiDB ended RESTORE with an error that says nothing against the backup. */
  RestoreFailed: { error: 'TIEM_UNRECOGNIZED_ERROR' },
  /** The record is not `Finished`, or its files are missing or changed. */
  BackupNotRestorable: { error: 'TIEM_BACKUP_RECORD_INVALID', refutesBackup: true },
  /** The second copy is missing or changed, which says nothing against the backup. */
  CopyNotRestorable: { error: 'TIEM_BACKUP_RECORD_INVALID' },
  /** TiDB cannot restore an undamaged backup: an incremental one over certain schema changes. */
  BackupNotReplayable: { error: 'TIEM_BACKUP_RECORD_INVALID', refutesBackup: true },
  /** Of what was asked for, the backup holds only TiDB's own databases. */
  NothingToRestore: { error: 'TIEM_BACKUP_RECORD_INVALID' },
  /** The restored data differ from the backup, in a cluster that already held other data: no verdict on the backup. */
  ChecksumMismatch: { error: 'TIEM_UNRECOGNIZED_ERROR' },
  /** The store, or the share, does not let TiDB or TiKV read. */
  StoreRefused: { error: 'TIEM_BACKUP_SYSTEM_CONFIG_INVAILD' },
  /** The target already has tables of the backup. */
  TablesInTheWay: { error: 'TIEM_BACKUP_RECORD_INVALID', isLeftover: true },
  /** An interrupted restore left something in the target that makes the next one fail or lose rows. */
  RestoreLeftovers: { error: 'TIEM_CLUSTER_MAINTENANCE_CONFLICT', isLeftover: true },
  /** A log backup or a changefeed runs on the target. */
  ReplicationRunning: { error: 'TIEM_CLUSTER_MAINTENANCE_CONFLICT' },
  /** The target cannot take a backup of this version or with these settings. */
  ClusterIncompatible: { error: 'TIEM_BACKUP_RECORD_INVALID' },
  /** The tenant's provisioner will not or cannot make the cluster. */
  ProvisionerRefused: { error: 'TIEM_UNRECOGNIZED_ERROR' },
  /** The answer of the tenant's provisioner breaks its contract. */
  ProvisionerFailed: { error: 'TIEM_UNRECOGNIZED_ERROR', isRetryable: true },
  /** Lambda did not start the tenant's provisioner yet: it has to be made ready, or there is no concurrency left. */
  ProvisionerNotReady: { error: 'TIEM_UNRECOGNIZED_ERROR', isRetryable: true },
  /** The new cluster is still being made. */
  ClusterNotReady: { error: 'TIEM_UNRECOGNIZED_ERROR', isRetryable: true },
  /** The new cluster is still being destroyed. */
  ClusterNotDestroyed: { error: 'TIEM_UNRECOGNIZED_ERROR', isRetryable: true },
  /** The new cluster already holds tables. */
  ClusterNotEmpty: { error: 'TIEM_PARAMETER_INVALID' },
  /** TiDB does not let the tables be read. */
  TablesUnreadable: { error: 'TIEM_CONNECT_TIDB_ERROR' },
  /** The restored data differ from what was backed up, or an assertion does not hold. */
  DrillFailed: { error: 'TIEM_BACKUP_RECORD_INVALID', refutesBackup: true },
  /** The system configuration does not allow the operation. */
  ConfigInvalid: { error: 'TIEM_BACKUP_SYSTEM_CONFIG_INVAILD' },
  /** Files of a deleted backup remain, or may remain. */
  FilesRemain: { error: 'TIEM_BACKUP_FILE_DELETE_FAILED', isRetryable: true },
  /** The record names a folder that is not its own, so nothing in it is removed. */
  FolderNotOwned: { error: 'TIEM_BACKUP_FILE_DELETE_FAILED' },
  /** Backups that build on a deleted one still exist. */
  DependentsRemain: { error: 'TIEM_BACKUP_FILE_DELETE_FAILED', isRetryable: true },
  /** Files of a backup were deleted or overwritten, and the bucket no longer keeps their earlier versions. */
  FilesLost: { error: 'TIEM_BACKUP_RECORD_INVALID', refutesBackup: true },
  /** Another operation holds the cluster. */
  ClusterBusy: { error: 'TIEM_CLUSTER_MAINTENANCE_CONFLICT', isRetryable: true },
  /** Lambda did not run the operation's functions before its window was over, or within a day. */
  TooLateToBegin: { error: 'TIEM_BACKUP_RECORD_CREATE_FAILED' },
  /** The record, the cluster or its lock now belongs to another operation. */
  OperationSuperseded: { error: 'TIEM_CLUSTER_MAINTENANCE_CONFLICT', endsOperation: true },
} as const satisfies Record<string, FailureMeaning>;

export type NodeFailureName = keyof typeof NODE_FAILURES;

/** Whether an error is one of the table. Others come from AWS, or from a bug. */
export function isNodeFailureName(name: string): name is NodeFailureName {
  return Object.hasOwn(NODE_FAILURES, name);
}

/** Whether the table says this of an error. Of errors that are not in it, it says nothing. */
export function failureMeans(name: string, meaning: Exclude<keyof FailureMeaning, 'error'>): boolean {
  return isNodeFailureName(name) && failureMeaning(name)[meaning] === true;
}

function failureMeaning(name: NodeFailureName): FailureMeaning {
  return NODE_FAILURES[name];
}

/** What a node `fail` throws while its work is not done. */
export const CLEANUP_FAILED = 'CleanupFailed';

/** The failures that Step Functions must not retry. */
export const NON_RETRYABLE: readonly NodeFailureName[] = Object.keys(NODE_FAILURES)
  .filter(isNodeFailureName)
  .filter((name) => !failureMeans(name, 'isRetryable'));
