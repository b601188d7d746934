import type {
  BackupBase,
  BackupMode,
  BackupRecord,
  DeletingBackup,
  FinishedBackup,
  InitializingBackup,
  ProcessingBackup,
  RecordFailure,
  TidbRelease,
} from '../backup/backup-record.ts';
import type { ImportJob } from '../backup/import-job.ts';
import type { DrillFailure, Evidence, NotedTables } from '../backup/verification.ts';
import type { CheckResult } from '../cluster/check.ts';
import type { Cluster, Maintenance, OwnBackups } from '../cluster/cluster.ts';
import type { NewCluster } from '../provisioning/new-cluster.ts';
import type { StorageLocation } from '../storage/storage-location.ts';
import type { PinnedVersion } from '../storage/versions.ts';
import type { Executor } from '../workflow/executor.ts';
import type { FlowName, RestoreNote, Workflow, WorkflowStatus } from '../workflow/workflow.ts';
import type { StoredConfig } from './system-config.ts';

/**
 * The stores, in the domain's words. Logic takes only the methods it needs (`Pick<BackupStore, 'get'>`).
 * Every `at` is the time of the change, RFC 3339 in UTC with milliseconds: callers own the clock.
 * A method rejects only if the store itself fails. Expected outcomes (missing, held by another, too late) are return values.
 */

/** `page` counts from 1. */
export interface PageRequest {
  page: number;
  pageSize: number;
  /** The {@link Page.next} of the page before: it, and not `page`, says where this one begins. */
  after?: string | undefined;
}

/** One page, newest first, and how many items match in all. */
export interface Page<Item> {
  items: Item[];
  total: number;
  /** Where the next page begins, whatever is removed or added meanwhile; absent on the last one. */
  next?: string | undefined;
}

type LockOutcome =
  | { outcome: 'locked'; cluster: Cluster }
  | { outcome: 'notFound' }
  /** `maintenance` is absent when the holder has let go since. */
  | { outcome: 'held'; maintenance: Maintenance | undefined };

/**
 * What a user may change of a registered cluster. Without an account, it keeps the one that it has; without `tls`, it keeps that and
 * its certificates.
 */
type ClusterSettings = Pick<Cluster, 'clusterName' | 'endpoints' | 'timezone' | 'executor'> &
  Partial<Pick<Cluster, 'account' | 'tls' | 'certificates'>>;

export interface ClusterStore {
  get(clusterId: string): Promise<Cluster | undefined>;
  /** A cluster with `maintenance` is held from its first moment. False: the id is taken. */
  create(cluster: Cluster): Promise<boolean>;
  /** The cluster as it was before; undefined: there is none. */
  change(clusterId: string, settings: ClusterSettings, at: string): Promise<Cluster | undefined>;
  /** Removes what `operationId` holds. False: gone already, or held by another. */
  remove(clusterId: string, operationId: string): Promise<boolean>;
  list(page: PageRequest): Promise<Page<Cluster>>;
  /** All of them, in no order. */
  all(): Promise<Cluster[]>;
  /** Takes the lock of invariant 1. Taking what one holds already succeeds, so that a repeated call is harmless. */
  lock(clusterId: string, maintenance: Maintenance): Promise<LockOutcome>;
  /** Frees the lock. False: `operationId` does not hold it (any more). */
  unlock(clusterId: string, operationId: string): Promise<boolean>;
  /** Keeps what a check found, in place of the check before. False: the cluster that was registered then is gone. */
  recordCheck(clusterId: string, note: { registeredAt: string; check: CheckResult }): Promise<boolean>;
  /** Keeps which TiDB the cluster is, as {@link recordCheck}. */
  recordTidb(clusterId: string, note: { registeredAt: string; tidb: NonNullable<Cluster['tidb']> }): Promise<boolean>;
}

export interface BackupFilter {
  backupId?: string | undefined;
  clusterId?: string | undefined;
  backupMode?: BackupMode | undefined;
  /** Created at or after, and at or before; milliseconds since 1970. */
  createdFrom?: number | undefined;
  createdTo?: number | undefined;
}

/** What is left of a backup that has ended without being one. */
export interface FilesLeft {
  /** Why files may be there still; absent: they are gone. */
  filesRemain?: string | undefined;
  /** Until when nobody can remove them. */
  lockedUntil?: string | undefined;
}

export interface BackupEnd extends FilesLeft {
  unlessBegun?: boolean;
  at: string;
}

/** A finished backup, as much of it as the next one is planned by. */
type RecentBackup = Pick<
  FinishedBackup,
  'backupId' | 'startTime' | 'endTime' | 'sizeBytes' | 'backupType' | 'backupTso' | 'base'
> & {
  /** Of its scope: see `scopeKey` of backup-scope.ts. */
  scopeKey: string;
};

/** What lists, plans and nodes read of the records. */
export interface BackupCatalogue {
  get(backupId: string): Promise<BackupRecord | undefined>;
  /** Those of them that are there, in no order. */
  getAll(backupIds: readonly string[]): Promise<BackupRecord[]>;
  list(filter: BackupFilter, page: PageRequest): Promise<Page<BackupRecord>>;
  /** The finished backup that ended last. */
  newestFinished(own: OwnBackups): Promise<Pick<FinishedBackup, 'backupId' | 'endTime'> | undefined>;
  /** Of the backups that a drill has verified, the one that ended last. */
  newestVerified(own: OwnBackups): Promise<Pick<FinishedBackup, 'backupId' | 'endTime'> | undefined>;
  /** The finished backups that ended last, the newest first; they may be some moments old. */
  recentFinished(own: OwnBackups, limit: number): Promise<RecentBackup[]>;
  /** The finished backup that ended last, of those with this `scopeKey`; it may have been deleted some moments ago. */
  newestOfScope(own: OwnBackups, scopeKey: string): Promise<BackupBase | undefined>;
  /** A finished backup of this snapshot; it may be some moments old. */
  ofTso(own: Pick<FinishedBackup, 'clusterId' | 'tidbClusterId'>, backupTso: string): Promise<BackupBase | undefined>;
}

/** What the operations that begin, import or cancel a backup write. */
export interface BackupStarts {
  /** False: the id is taken. */
  create(record: InitializingBackup): Promise<boolean>;
  /** Writes the record of a finished backup that has none. False: the id is taken. */
  adopt(record: FinishedBackup): Promise<boolean>;
  /** Undoes {@link create}, whether it wrote or not. False: the backup has begun, and the record stays. */
  removeUnstarted(backupId: string): Promise<boolean>;
  /** Notes where a backup is going to run. False: it has begun, and its attempt says so itself; or it is gone. */
  recordExecutor(backupId: string, note: { executor: Executor; at: string }): Promise<boolean>;
  /**
   * Asks the backup's node to end it; from here on it cannot finish. False: the cluster has no such record, or it has ended.
   */
  requestCancel(backupId: string, request: { clusterId: string; at: string }): Promise<boolean>;
}

/** What a backup's nodes, and whoever ends it in their place, write. */
export interface BackupAttempts {
  /**
   * Begins another attempt, on `executor` if that is given; its number is `attempts` of the answer. An earlier attempt's writes are refused from here on.
   * Undefined: the record is gone or has ended.
   */
  startAttempt(backupId: string, at: string, executor?: Executor): Promise<ProcessingBackup | undefined>;
  /** @returns undefined if this attempt is not the current one of a running backup */
  recordStatement(
    backupId: string,
    change: {
      attempt: number;
      statement: NonNullable<ProcessingBackup['statement']>;
      release: TidbRelease;
      at: string;
    },
  ): Promise<ProcessingBackup | undefined>;
  /**
   * Records progress and the current step, and returns the record with its `cancelRequested`: one call serves both.
   * @param change.progress percent; callers never pass less than the record already has
   * @param change.step defaults to the running statement
   * @returns undefined if this attempt is not the current one of a running backup
   */
  recordProgress(
    backupId: string,
    change: { attempt: number; progress: number; step?: string | undefined; at: string },
  ): Promise<ProcessingBackup | undefined>;
  /** Makes the running attempt of an incremental backup a full one's, which is the next attempt. Undefined: as by `recordProgress`. */
  becomeFull(
    backupId: string,
    change: { attempt: number; because: string; at: string },
  ): Promise<ProcessingBackup | undefined>;
  /**
   * Finishing again with the same attempt succeeds and changes nothing that was recorded. Undefined also: a user has asked
   * to cancel the backup.
   */
  finish(
    backupId: string,
    result: {
      attempt: number;
      backupTso: string;
      sizeBytes: string;
      /** The cluster and the TiDB that it was taken of; absent: the TiDB is not known. */
      origin?: { clusterId: string; tidbClusterId: string } | undefined;
      fileCount?: number | undefined;
      lockedUntil?: string | undefined;
      metaVersion?: PinnedVersion | undefined;
      checksums?: NotedTables | undefined;
      /** Whether S3 copies its files to a second bucket. */
      awaitsCopy?: boolean | undefined;
      at: string;
    },
  ): Promise<FinishedBackup | undefined>;
  /**
   * Ends a backup that has not finished. Again with other {@link FilesLeft} corrects these alone. False: the record is gone or
   * ended otherwise; with `unlessBegun`, also that it had an attempt.
   */
  fail(backupId: string, end: { error: RecordFailure } & BackupEnd): Promise<boolean>;
  /** As {@link fail}, when a user asked for it. */
  cancel(backupId: string, end: BackupEnd): Promise<boolean>;
  /** Notes of one that has failed or was cancelled why files may be there after all. False: it has ended otherwise, or not. */
  recordFiles(backupId: string, note: { filesRemain: string; at: string }): Promise<boolean>;
}

/** How restores and incremental backups keep a finished backup from being deleted. */
export interface BackupHolds {
  /** Keeps a finished backup from being deleted while a workflow restores it. Undefined: it is not finished (any more). */
  holdForRestore(backupId: string, workFlowId: string): Promise<FinishedBackup | undefined>;
  /** Ends that. Nothing to end is a success. */
  releaseFromRestore(backupId: string, workFlowId: string): Promise<void>;
  /**
   * Keeps a finished backup from being deleted while the incremental one `backupId` builds upon it. Holding again is a success.
   * False: it is not finished (any more), or another than that one was to build upon.
   */
  holdBase(base: BackupBase, backupId: string): Promise<boolean>;
  /** Ends that. @param hold.seen `dependentsAdded` as it was looked at. False: one was added since, or the base is gone */
  releaseBase(baseId: string, hold: { backupId: string; seen: number }): Promise<boolean>;
}

/** What drills, restores and undeletes find out about a finished backup. */
export interface BackupVerdicts {
  /**
   * Keeps what a drill of a finished backup found, as the latest. `unlessNoted`: what the same drill has found before stays. False:
   * that is so, or the backup is not finished (any more).
   */
  recordDrill(
    backupId: string,
    drill: { evidence: Evidence; unlessNoted?: boolean; at: string } & (
      | { verdict: 'verified'; recoverySeconds: number }
      | { verdict: 'refuted' }
    ),
  ): Promise<boolean>;
  /** Keeps why the latest drill came to no verdict, beside what is known of the backup. False: as of {@link recordDrill}, `unlessNoted`. */
  recordDrillFailure(backupId: string, drill: { failure: DrillFailure; at: string }): Promise<boolean>;
  /**
   * Notes that the files of a finished backup were brought back, and are whole.
   * @param note.refutedBy the workflow whose evidence against the backup no longer holds; newer evidence stays
   */
  recordUndelete(
    backupId: string,
    note: {
      refutedBy?: string | undefined;
      /** Of files that had to be copied. */
      copied?:
        | { filesAsOf: string; metaVersion?: PinnedVersion | undefined; lockedUntil?: string | undefined }
        | undefined;
      /** Whether its second copy is to be looked at again. */
      awaitsCopy?: boolean | undefined;
      at: string;
    },
  ): Promise<void>;
}

/** What the sweep of second copies reads and writes. */
export interface BackupCopies {
  /** All whose second copy is awaited; some moments old. The cost follows what is awaited. */
  uncopied(): Promise<UncopiedBackup[]>;
  /** Notes when its second copy was found whole, once. False: it is not finished (any more), or that is noted. */
  recordCopied(backupId: string, at: string): Promise<boolean>;
  /** Notes when to look for its second copy again. Of one that is copied, or not finished (any more), nothing is noted. */
  lookForCopyAt(backupId: string, at: string): Promise<void>;
}

/** The backup records. Most logic needs a few methods of one port or two. */
export interface BackupStore
  extends BackupCatalogue,
    BackupStarts,
    BackupAttempts,
    BackupHolds,
    BackupVerdicts,
    BackupCopies {}

/** A finished backup whose second copy is not known to be whole. */
export interface UncopiedBackup {
  backupId: string;
  endTime: string;
  /** When to look for the copy, RFC 3339. */
  copyLookAt: string;
}

/** The end of backup records: a record that is being deleted never becomes anything else. */
export interface DeletionStore {
  /** Ids of all records of a cluster, newest first. */
  backupsOf(clusterId: string, backupMode?: BackupMode): Promise<string[]>;
  /**
   * Marks a record; one that is marked already stays as it is. Undefined: it is gone, has not ended, is being restored, or others
   * build upon it.
   * @param dependentsSeen all that build upon it are being deleted, as of this `dependentsAdded`; undefined also: one was added since
   * @param reason why it goes, if nobody has asked for it
   */
  begin(backupId: string, at: string, dependentsSeen?: number, reason?: string): Promise<DeletingBackup | undefined>;
  /** Gives the deletion to the next execution. Undefined: the record is gone, or somebody else has done so. */
  beginAgain(backupId: string, seen: { deletions: number; at: string }): Promise<DeletingBackup | undefined>;
  /** Notes until when the files cannot be removed. A record that is gone needs no note. */
  recordLock(backupId: string, lock: { lockedUntil: string; at: string }): Promise<void>;
  /** Notes why a deletion gave up. A record that is gone needs no note. */
  fail(backupId: string, end: { error: RecordFailure; at: string }): Promise<void>;
  /** Removes a record whose files are proven gone. One that is gone already is a success. */
  finish(backupId: string): Promise<void>;
}

export interface WorkflowFilter {
  bizId?: string | undefined;
  flowName?: FlowName | undefined;
  status?: WorkflowStatus | undefined;
}

export interface WorkflowStore {
  get(workFlowId: string): Promise<Workflow | undefined>;
  /** False: the id is taken. */
  create(workflow: Workflow): Promise<boolean>;
  /** Undoes {@link create}, whether it wrote or not. False: the workflow has begun, and stays. */
  removeUnstarted(workFlowId: string): Promise<boolean>;
  /** Those of them that exist, in no order. */
  getAll(workFlowIds: readonly string[]): Promise<Workflow[]>;
  list(filter: WorkflowFilter, page: PageRequest): Promise<Page<Workflow>>;
  /**
   * Moves a workflow on; an ended one keeps its status. The identity is whole because lists are found by it. False: it is
   * gone or has ended otherwise.
   * @param step what it does just now; absent: its node tells
   */
  setStatus(
    workflow: Pick<Workflow, 'workFlowId' | 'flowName' | 'bizId'>,
    status: Exclude<WorkflowStatus, 'Initializing'>,
    at: string,
    step?: string,
  ): Promise<boolean>;
  /**
   * Begins another run of the node that restores; its number is `restoreRuns` of the answer, and `restore` what earlier runs have
   * done. Their notes are refused from here on. Undefined: the workflow is gone or has ended.
   */
  beginRestore(workFlowId: string, at: string): Promise<Workflow | undefined>;
  /** Notes how far the restore is. False: this is not the last run, or the workflow is gone or has ended. */
  recordRestore(workFlowId: string, note: RestoreNote & { run: number; at: string }): Promise<boolean>;
  /** Begins another run of the node that imports, as {@link beginRestore}. Undefined: the workflow is gone or has ended. */
  beginImport(workFlowId: string, at: string): Promise<ImportJob | undefined>;
  /** Notes how far an import is. False: this is not the last run, or the workflow is gone or has ended. */
  recordImport(workFlowId: string, job: ImportJob & { runs: number }, at: string): Promise<boolean>;
  /** Notes `succeededAt`, once. A workflow that has ended is left alone. */
  recordSuccess(workFlowId: string, at: string): Promise<void>;
  /** Notes what became of the cluster that a workflow made. A workflow that is gone needs no note. */
  recordNewCluster(workFlowId: string, newCluster: NewCluster): Promise<void>;
}

export interface ConfigStore {
  /** It may be some seconds old. */
  read(): Promise<StoredConfig>;
  readLatest(): Promise<StoredConfig>;
  /** Changes one entry; undefined removes it. */
  write<Key extends keyof StoredConfig>(key: Key, value: StoredConfig[Key] | undefined, at: string): Promise<void>;
}

/** The places where earlier configurations sent backups: see `storage-places.ts`. */
export interface FormerPlaceStore {
  /** Newest first. */
  read(): Promise<StorageLocation[]>;
  /** Keeps a place that the configuration is about to leave. The answer: those that were kept, and those that are now. */
  add(place: StorageLocation, at: string): Promise<{ before: StorageLocation[]; after: StorageLocation[] }>;
}
