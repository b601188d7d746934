import type { OwnBackups } from '../cluster/cluster.ts';
import type { Page, PageRequest } from '../shared/page.ts';
import type { CopyProgress } from '../storage/backup-files.ts';
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
import type { ChecksumSummary, DrillFailure, Evidence } from './verification.ts';

/**
 * The stores, in the domain's words. Logic takes only the methods that it needs (`Pick<BackupStore, 'get'>`). Every `at` is the time of
 * the change, RFC 3339 in UTC with milliseconds: callers own the clock. A method rejects only if the store itself fails. Expected
 * outcomes (missing, held by another, too late) are return values.
 */

export interface BackupFilter {
  backupId?: string | undefined;
  clusterId?: string | undefined;
  backupMode?: BackupMode | undefined;
  /** Inclusive bounds, in milliseconds since 1970. */
  createdFrom?: number | undefined;
  createdTo?: number | undefined;
}

/** What is left of a backup that ended without success. */
export interface FilesLeft {
  /** Why files may remain. Unset once they are proven gone. */
  filesRemain?: string | undefined;
  /** Until when nobody can remove them. */
  lockedUntil?: string | undefined;
}

export interface BackupEnd extends FilesLeft {
  unlessStarted?: boolean;
  at: string;
}

/** The fields of a finished backup that help to plan the next. */
type RecentBackup = Pick<
  FinishedBackup,
  'backupId' | 'startTime' | 'endTime' | 'sizeBytes' | 'backupType' | 'backupTso' | 'base'
> & {
  /** See `scopeKey` of backup-scope.ts. */
  scopeKey: string;
};

/** What lists, plans and nodes read of the records. */
export interface BackupCatalogue {
  get(backupId: string): Promise<BackupRecord | undefined>;
  /** The existing ones, unordered. */
  getAll(backupIds: readonly string[]): Promise<BackupRecord[]>;
  list(filter: BackupFilter, page: PageRequest): Promise<Page<BackupRecord>>;
  /**
   * A part of all finished backups, in an order that does not change; a few moments old.
   * @returns next the `backupId` after which the next part starts; unset on the last one
   */
  finishedAfter(backupId: string | undefined): Promise<{ backups: FinishedBackup[]; next?: string }>;
  /** The latest finished backup. */
  newestFinished(own: OwnBackups): Promise<Pick<FinishedBackup, 'backupId' | 'endTime'> | undefined>;
  /** The latest to end of the backups that a drill verified. */
  newestVerified(own: OwnBackups): Promise<Pick<FinishedBackup, 'backupId' | 'endTime'> | undefined>;
  /** The latest finished backups, newest first; a few moments old. */
  recentFinished(own: OwnBackups, limit: number): Promise<RecentBackup[]>;
  /** The latest finished backup with this `scopeKey`; it may have been deleted moments ago. */
  newestOfScope(own: OwnBackups, scopeKey: string): Promise<BackupBase | undefined>;
  /** A finished backup with this snapshot; a few moments old. */
  ofTso(own: Pick<FinishedBackup, 'clusterId' | 'tidbClusterId'>, backupTso: string): Promise<BackupBase | undefined>;
}

/** What the operations that begin, import or cancel a backup write. */
export interface BackupStarts {
  /** False if the id is taken. */
  create(record: InitializingBackup): Promise<boolean>;
  /** Writes the record of a finished backup that has none. False if the id is taken. */
  adopt(record: FinishedBackup): Promise<boolean>;
  /** Undoes {@link create}, whether it wrote or not. False if the backup has begun, and the record stays. */
  removeUnstarted(backupId: string): Promise<boolean>;
  /** Notes where a backup is going to run. False if it has begun, and its attempt says so itself; or it is gone. */
  recordExecutor(backupId: string, note: { executor: Executor; at: string }): Promise<boolean>;
  /**
   * Asks the backup's node to end it; from here on it cannot finish. False if the cluster has no such record, or it has ended.
   */
  requestCancel(backupId: string, request: { clusterId: string; at: string }): Promise<boolean>;
}

/** What a backup's nodes, and whoever ends it in their place, write. */
export interface BackupAttempts {
  /**
   * Starts another attempt, on `executor` if given; its number is `attempts` of the answer. Writes of earlier attempts
   * are rejected from now on. `undefined` if the record has ended or no longer exists.
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
  /**
   * Turns the running attempt of an incremental backup into the next attempt, of a full one. `undefined` as for
   * `recordProgress`.
   */
  becomeFull(
    backupId: string,
    change: { attempt: number; because: string; at: string },
  ): Promise<ProcessingBackup | undefined>;
  /**
   * Idempotent for the same attempt: a second call changes nothing. Also `undefined` if a user asked to cancel the
   * backup.
   */
  finish(
    backupId: string,
    result: {
      attempt: number;
      backupTso: string;
      sizeBytes: string;
      /** The cluster and the TiDB that it was taken of. Unset if the TiDB is unknown. */
      origin?: { clusterId: string; tidbClusterId: string } | undefined;
      fileCount?: number | undefined;
      lockedUntil?: string | undefined;
      metaVersion?: PinnedVersion | undefined;
      checksums?: ChecksumSummary | undefined;
      /** Whether S3 copies its files to a second bucket. */
      awaitsCopy?: boolean | undefined;
      at: string;
    },
  ): Promise<FinishedBackup | undefined>;
  /**
   * Ends a backup that has not finished. Again with other {@link FilesLeft} corrects these alone. False if the record is gone or
   * ended otherwise; with `unlessStarted`, also that it had an attempt.
   */
  fail(backupId: string, end: { error: RecordFailure } & BackupEnd): Promise<boolean>;
  /** Like {@link fail}, at a user's request. */
  cancel(backupId: string, end: BackupEnd): Promise<boolean>;
  /** Records why files of a failed or canceled backup may remain after all. Returns false if it has not ended so. */
  recordFiles(backupId: string, note: { filesRemain: string; at: string }): Promise<boolean>;
}

/** How restores and incremental backups keep a finished backup from being deleted. */
export interface BackupHolds {
  /** Keeps a finished backup from being deleted while a workflow restores it. `undefined` if it is not finished (any more). */
  holdForRestore(backupId: string, workFlowId: string): Promise<FinishedBackup | undefined>;
  /** Releases that hold. Idempotent. */
  releaseFromRestore(backupId: string, workFlowId: string): Promise<void>;
  /**
   * Keeps a finished backup from being deleted while the incremental one `backupId` builds on it. Holding again is a success.
   * False if it is not finished (any more), or another than that one was to build on.
   */
  holdBase(base: BackupBase, backupId: string): Promise<boolean>;
  /**
   * Releases that hold.
   * @param hold.seen `dependentsAdded` when it was read. False if one was added since, or the base no longer exists
   */
  releaseBase(baseId: string, hold: { backupId: string; seen: number }): Promise<boolean>;
}

/** What drills, restores and undeletes find out about a finished backup. */
export interface BackupVerdicts {
  /**
   * Stores the latest drill result of a finished backup. With `unlessRecorded`, an earlier result of the same drill stays.
   * False if it stayed, or if the backup is not finished (any more).
   */
  recordDrill(
    backupId: string,
    drill: { evidence: Evidence; unlessRecorded?: boolean; at: string } & (
      | { verdict: 'verified'; recoverySeconds: number }
      | { verdict: 'refuted' }
    ),
  ): Promise<boolean>;
  /**
   * Stores why the latest drill reached no verdict; what is known about the backup stays. False as for
   * {@link recordDrill} with `unlessRecorded`.
   */
  recordDrillFailure(backupId: string, drill: { failure: DrillFailure; at: string }): Promise<boolean>;
  /**
   * Records what an undelete has done to the files of a finished backup, and at its end that they are complete.
   * @param note.refutedBy the workflow whose evidence against the backup no longer holds; newer evidence stays
   */
  recordUndelete(
    backupId: string,
    note: {
      refutedBy?: string | undefined;
      /** How far it is in a folder in which files have to be copied. */
      copying?: (CopyProgress & { lockedUntil?: string }) | undefined;
      /** Of files that had to be copied, all of them. */
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
  /** All backups that wait for their second copy; a few moments old. The cost depends only on their number. */
  uncopied(): Promise<UncopiedBackup[]>;
  /** Notes when its second copy was found whole, once. False if it is not finished (any more), or that is noted. */
  recordCopied(backupId: string, at: string): Promise<boolean>;
  /** Its second copy is looked for no more, as the deployment copies elsewhere by now. */
  awaitNoCopy(backupId: string): Promise<void>;
  /** Its second copy was not what was written: it counts as not copied until it is found whole again. */
  lookForCopyAgain(backupId: string, at: string): Promise<void>;
  /**
   * Records when to check for its second copy again. Ignored if it is complete, or if the backup is not finished (any
   * more).
   */
  lookForCopyAt(backupId: string, at: string): Promise<void>;
}

/** What is known of the manifests of finished backups. No write of it counts as a change of the record. */
export interface BackupManifests {
  /** Notes that a manifest is as the record says; `at` undefined: it could not be written. False: the backup is not finished (any more). */
  recordManifest(backupId: string, at: string | undefined): Promise<boolean>;
  /** Has the manifest written by whoever is told of changes. */
  wantManifest(backupId: string, at: string): Promise<void>;
}

/** The backup records. Most logic needs a few methods of one port or two. */
export interface BackupStore
  extends BackupCatalogue,
    BackupStarts,
    BackupAttempts,
    BackupHolds,
    BackupVerdicts,
    BackupCopies,
    BackupManifests {}

/** A finished backup whose second copy is not known to be complete. */
export interface UncopiedBackup {
  backupId: string;
  endTime: string;
  /** When to check for the copy, RFC 3339. */
  copyLookAt: string;
}
