import type { OwnBackups } from '../cluster/cluster.ts';
import type { Page, PageRequest } from '../shared/page.ts';
import type { PinnedVersion } from '../storage/versions.ts';
import type { Executor } from '../workflow/executor.ts';
import type {
  BackupBase,
  BackupMode,
  BackupRecord,
  FinishedBackup,
  InitializingBackup,
  ProcessingBackup,
  RecordFailure,
  TidbRelease,
} from './backup-record.ts';
import type { DrillFailure, Evidence, NotedTables } from './verification.ts';

/**
 * The stores, in the domain's words. Logic takes only the methods that it needs (`Pick<BackupStore, 'get'>`). Every `at` is the time of
 * the change, RFC 3339 in UTC with milliseconds: callers own the clock. A method rejects only if the store itself fails. Expected
 * outcomes (missing, held by another, too late) are return values.
 */

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
