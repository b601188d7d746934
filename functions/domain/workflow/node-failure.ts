import * as z from 'zod/mini';
import type { ErrorName } from '../shared/errors.ts';
import { ERRORS } from '../shared/errors.ts';
import { withoutSecrets } from '../shared/redaction.ts';

/**
 * Why a workflow node failed. The name is the error name that Step Functions sees (`Catch`, `Retry`, the console); the
 * value is the row of the error table that the record's `error.code` takes.
 */
export const NODE_FAILURES = {
  /** No TiDB endpoint of the cluster could be reached, or it refused the account. */
  TidbUnreachable: 'TIEM_CONNECT_TIDB_ERROR',
  TidbAccessDenied: 'TIEM_CONNECT_TIDB_ERROR',
  /** The connection that ran the statement is gone and what it did could not be established as finished. */
  TidbConnectionLost: 'TIEM_CONNECT_TIDB_ERROR',
  /** TiDB ended BACKUP with an error. */
  BackupFailed: 'TIEM_BACKUP_RECORD_CREATE_FAILED',
  /** The path of the attempt holds, or is being written by, another backup; or cannot be written at all. */
  BackupPathUnusable: 'TIEM_BACKUP_PATH_CREATE_FAILED',
  /** What an incremental backup was to be built upon is older than TiDB remembers changes. */
  BasePastGcSafePoint: 'TIEM_BACKUP_RECORD_CREATE_FAILED',
  /** What an incremental backup was to be built upon is not there any more, or its files are not. */
  BaseGone: 'TIEM_BACKUP_RECORD_INVALID',
  /** An incremental backup could not be restored, for what happened since its base. */
  BaseUnfit: 'TIEM_BACKUP_RECORD_INVALID',
  /** What happened to the schema since the base of an incremental backup cannot be seen. */
  DdlHistoryUnreadable: 'TIEM_CONNECT_TIDB_ERROR',
  /** A database or table that was asked for is not in the cluster, or not in the backup. */
  ScopeNotFound: 'TIEM_PARAMETER_INVALID',
  /** The worker that was asked for cannot be handed what it would have to be told. */
  TooMuchForWorker: 'TIEM_PARAMETER_INVALID',
  /** The time of the function ran out with the statement unfinished; the statement was killed. */
  OutOfTime: 'TIEM_BACKUP_RECORD_CREATE_FAILED',
  /** The worker that ran the statement was stopped from outside; the statement was killed. */
  WorkerInterrupted: 'TIEM_BACKUP_RECORD_CREATE_FAILED',
  BackupCanceled: 'TIEM_BACKUP_RECORD_CANCEL_FAILED',
  /** TiDB ended RESTORE with an error that says nothing against the backup, or cannot read it. */
  RestoreFailed: 'TIEM_UNRECOGNIZED_ERROR',
  /** The record is not `Finished`, or its files are missing, or not what was written: evidence against the backup. */
  BackupNotRestorable: 'TIEM_BACKUP_RECORD_INVALID',
  /** The second copy is missing, or not what was written: evidence against the copy, and none against the backup. */
  CopyNotRestorable: 'TIEM_BACKUP_RECORD_INVALID',
  /** TiDB cannot restore what the backup holds, whole as it is: an incremental one over certain changes of schema. */
  BackupNotReplayable: 'TIEM_BACKUP_RECORD_INVALID',
  /** The backup holds nothing of what was asked for but TiDB's own. */
  NothingToRestore: 'TIEM_BACKUP_RECORD_INVALID',
  /** What was restored is not what the backup says, in a cluster that held other things before: it says nothing for sure. */
  ChecksumMismatch: 'TIEM_UNRECOGNIZED_ERROR',
  /** The store, or the share, does not let TiDB or TiKV read. */
  StoreRefused: 'TIEM_BACKUP_SYSTEM_CONFIG_INVAILD',
  /** Tables of the backup exist on the target already. */
  TablesInTheWay: 'TIEM_BACKUP_RECORD_INVALID',
  /** A restore into the target was interrupted, and what it left makes another one fail, or lose rows. */
  RestoreLeftovers: 'TIEM_CLUSTER_MAINTENANCE_CONFLICT',
  /** A log backup or a changefeed runs on the target. */
  ReplicationRunning: 'TIEM_CLUSTER_MAINTENANCE_CONFLICT',
  /** The backup is of a version or of settings that the target cannot take. */
  ClusterIncompatible: 'TIEM_BACKUP_RECORD_INVALID',
  /** The tenant's provisioner will not make the cluster, or cannot. */
  ProvisionerRefused: 'TIEM_UNRECOGNIZED_ERROR',
  /** The tenant's provisioner gave no answer that its contract knows. */
  ProvisionerFailed: 'TIEM_UNRECOGNIZED_ERROR',
  /** Lambda has to make the tenant's provisioner ready first, or has no room for it: to be asked again, for as long as that takes. */
  ProvisionerNotReady: 'TIEM_UNRECOGNIZED_ERROR',
  /** The new cluster is still being made: to be asked again. */
  ClusterNotReady: 'TIEM_UNRECOGNIZED_ERROR',
  /** The new cluster is still being destroyed: to be asked again. */
  ClusterNotDestroyed: 'TIEM_UNRECOGNIZED_ERROR',
  /** The cluster that was to be new holds tables. */
  ClusterNotEmpty: 'TIEM_PARAMETER_INVALID',
  /** TiDB does not let the tables be read. */
  TablesUnreadable: 'TIEM_CONNECT_TIDB_ERROR',
  /** What was restored is not what was backed up, or an assertion does not hold. */
  DrillFailed: 'TIEM_BACKUP_RECORD_INVALID',
  /** The system configuration does not allow the operation. */
  ConfigInvalid: 'TIEM_BACKUP_SYSTEM_CONFIG_INVAILD',
  /** Files of a deleted backup are there still, or may be. */
  FilesRemain: 'TIEM_BACKUP_FILE_DELETE_FAILED',
  /** The record names a folder that is not its own: nothing in there is touched. */
  FolderNotOwned: 'TIEM_BACKUP_FILE_DELETE_FAILED',
  /** Backups that build upon a deleted one are there still: to be tried again. */
  DependentsRemain: 'TIEM_BACKUP_FILE_DELETE_FAILED',
  /** Files of a backup were deleted or overwritten, and the bucket no longer keeps what they were: evidence against the backup. */
  FilesLost: 'TIEM_BACKUP_RECORD_INVALID',
  /** Another operation holds the cluster: to be tried again. */
  ClusterBusy: 'TIEM_CLUSTER_MAINTENANCE_CONFLICT',
  /** Lambda did not run the operation's functions in time: before its window was over, or within a day. */
  TooLateToBegin: 'TIEM_BACKUP_RECORD_CREATE_FAILED',
  /** The record, the cluster or its lock is not what this execution was started for. */
  OperationSuperseded: 'TIEM_CLUSTER_MAINTENANCE_CONFLICT',
} as const satisfies Record<string, ErrorName>;

export type NodeFailureName = keyof typeof NODE_FAILURES;

/** With a worker, a backup or a verification that ends so goes on there: the definition of its workflow catches the name. */
export const OUT_OF_TIME = 'OutOfTime' satisfies NodeFailureName;

/** A backup that ends so is begun anew on another worker: the definition retries the name. */
export const WORKER_INTERRUPTED = 'WorkerInterrupted' satisfies NodeFailureName;

/** A node's failure. `message` goes into the record and the execution's history: no secret, no raw SQL, no key. */
export class NodeFailure extends Error {
  override readonly name: NodeFailureName;

  constructor(name: NodeFailureName, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = name;
  }
}

/** What Step Functions passes on of an error that it caught: for a Lambda task, `Cause` is JSON in a string. */
export const caughtError = z.object({ Error: z.string(), Cause: z.string() });
export type CaughtError = z.infer<typeof caughtError>;

/** The `error` field of a record. */
export function recordError(caught: CaughtError): { code: number; message: string } {
  const name = isNodeFailureName(caught.Error) ? NODE_FAILURES[caught.Error] : 'TIEM_UNRECOGNIZED_ERROR';
  return { code: ERRORS[name].code, message: `${caught.Error}: ${causeMessage(caught.Cause)}` };
}

/**
 * The error that an execution ends with when an earlier node failed of something that can befall the node `fail` as well:
 * `Sandbox.Timedout`, `Lambda.ServiceException`. Under its own name it would look as if `fail` had not done its work.
 */
const NODE_DIED = 'NodeDied';

/** The node `fail` could not do its work (the store or a network away): doing it again is right, and ASL's `Retry` does. */
export class CleanupFailed extends Error {
  static readonly NAME = 'CleanupFailed';
  override readonly name = CleanupFailed.NAME;
}

/**
 * To be thrown by the node `fail` when its work is done: the execution ends with the error that it was all about. Nothing else
 * that `fail` may end in has its name, so that neither ASL's `Retry` nor `FailNodes` takes the one for the other.
 */
export function originalError(caught: CaughtError, addition?: string): Error {
  const error = new Error([causeMessage(caught.Cause), addition].filter((text) => text !== undefined).join('; '));
  error.name = caught.Error;
  if (!mayBefallFail(caught.Error)) return error;
  error.message = `${caught.Error}: ${error.message}`;
  error.name = NODE_DIED;
  return error;
}

/** The names that AWS itself gives to errors (`States.`, `Lambda.`, `Sandbox.`, `Runtime.`) have a dot; those of code have none. */
function mayBefallFail(name: string): boolean {
  return name.includes('.') || name === CleanupFailed.NAME;
}

/** Whether a node failed in its own words; else it was cut off, or died. */
export function isNodeFailureName(name: string): name is NodeFailureName {
  return Object.hasOwn(NODE_FAILURES, name);
}

/** As it may be shown: an error that is not ours (AWS's "access denied") names accounts. */
function causeMessage(cause: string): string {
  return withoutSecrets(lambdaMessage(cause) ?? cause);
}

/** Lambda's Cause is JSON `{errorType, errorMessage, trace}`; a timeout's or the service's own is plain text. */
function lambdaMessage(cause: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(cause);
    if (typeof parsed === 'object' && parsed !== null && 'errorMessage' in parsed) return String(parsed.errorMessage);
  } catch {
    // Not JSON: the text itself is the message.
  }
  return undefined;
}
