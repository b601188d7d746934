import * as z from 'zod/mini';
import { identifier } from '../shared/identifiers.ts';
import { lazily, object } from '../shared/object.ts';
import { below, pathOf, type StorageLocation, storageLocation } from '../storage/storage-location.ts';
import { executor } from '../workflow/executor.ts';
import { backupScope } from './backup-scope.ts';
import { checksumSummary, verification } from './verification.ts';

export const backupType = z.enum(['full', 'incr']);
export const backupMode = z.enum(['manual', 'auto']);
export type BackupMode = z.infer<typeof backupMode>;

/** A 64-bit number (TSO, size in bytes, connection id) as a decimal string. */
export const decimal64 = z.string().check(z.regex(/^\d{1,20}$/));

/** The base of an incremental backup, which holds the changes since that snapshot. */
export const backupBase = object(() => ({ backupId: identifier, backupTso: decimal64 }));
export type BackupBase = z.infer<typeof backupBase>;

/** What decides which clusters a backup can be restored into. A missing part is unknown. */
const tidbRelease = object(() => ({
  /** `v8.5.0` */
  tidbVersion: z.optional(z.string()),
  /** TiDB's `new_collation_enabled`, fixed when a cluster is bootstrapped. */
  newCollationEnabled: z.optional(z.boolean()),
}));
export type TidbRelease = z.infer<typeof tidbRelease>;

/** How the record of an imported backup came about. */
const imported = object(() => ({
  /** The import's workflow. */
  workFlowId: identifier,
  time: z.iso.datetime(),
  /** Set if it had no manifest, so that its requested scope is unknown. */
  withoutManifest: z.optional(z.boolean()),
  /** Set if `br` took it. Its files lie directly in its location, not in an attempt's folder. */
  isFlat: z.optional(z.boolean()),
}));

const common = lazily(() => ({
  backupId: identifier,
  clusterId: identifier,
  backupType,
  /** Only of an incremental backup. */
  base: z.optional(backupBase),
  /** Whether an incremental backup becomes a full one if it can no longer use its base. */
  fallbackToFull: z.optional(z.boolean()),
  /** Why an incremental backup became this full one. */
  fullBecause: z.optional(z.string()),
  /** Defaults to everything. */
  scope: z.optional(backupScope),
  /** Whether to compute table checksums for drills to compare, at the cost of two scans of the data. */
  wantsChecksums: z.optional(z.boolean()),
  backupMethod: z.literal('physical'),
  backupMode,
  /** This record's own folder; each attempt writes below it, see {@link attemptLocation}. */
  location: storageLocation,
  /** Number of attempts that were given a path. */
  attempts: z.number(),
  workFlowId: identifier,
  /** Where it runs, or last ran. */
  executor,
  /** Correlation id of the execution that writes it. */
  correlationId: z.optional(z.string()),
  /** The TiDB that its last attempt started on. */
  ...tidbRelease.shape,
  /** Unset for a backup that the service took itself. */
  imported: z.optional(imported),
  /**
   * When retention may remove a manual backup; never, if unset. For an imported automatic backup: the earliest time its
   * rule may remove it.
   */
  expireAt: z.optional(z.iso.datetime()),
  createTime: z.iso.datetime(),
  updateTime: z.iso.datetime(),
}));

export const recordFailure = object(() => ({ code: z.number(), message: z.string() }));
export type RecordFailure = z.infer<typeof recordFailure>;

/** Where a statement runs, so that repair can find and kill it after a crash. */
export const statement = object(() => ({ server: z.string(), connectionId: decimal64 }));

/** Percent, 0 to 100. */
const progress = z.number();

/**
 * Until when storage refuses to delete some of its files (S3 Object Lock). Unset if it does not, or was never asked.
 */
const lockedUntil = z.optional(z.iso.datetime());

/** When every file was found in its second copy (`location.copy`). Unset until then, or without a second copy. */
const copiedAt = z.optional(z.iso.datetime());

/** The incremental backups on top of this one. */
const dependents = lazily(() => ({
  /** Unset if there are none. */
  dependents: z.optional(z.set(identifier)),
  /** Counts additions, so that a reader can detect one since it looked. */
  dependentsAdded: z.optional(z.number()),
}));

/** Accepted; nothing has been written yet. Not usable. */
const initializingBackup = object(() => ({
  ...common(),
  status: z.literal('Initializing'),
  cancelRequested: z.optional(z.boolean()),
}));
export type InitializingBackup = z.infer<typeof initializingBackup>;

/** A node is running, and files may exist. Not usable. */
export const processingBackup = object(() => ({
  ...common(),
  status: z.literal('Processing'),
  startTime: z.iso.datetime(),
  progress,
  statement: z.optional(statement),
  /** What it is doing, if more than `statement` says. */
  step: z.optional(z.string()),
  cancelRequested: z.optional(z.boolean()),
}));
export type ProcessingBackup = z.infer<typeof processingBackup>;

const fileVersion = object(() => ({ eTag: z.string(), versionId: z.optional(z.string()) }));

/** TiDB reported success and every file is there. Usable. */
export const finishedBackup = object(() => ({
  ...common(),
  status: z.literal('Finished'),
  startTime: z.iso.datetime(),
  endTime: z.iso.datetime(),
  backupTso: decimal64,
  sizeBytes: decimal64,
  /** PD's id of the source cluster. Unset in backups of older releases. */
  tidbClusterId: z.optional(decimal64),
  /** Unset if the files could not be counted. */
  fileCount: z.optional(z.number()),
  /** The attempt that finished: its folder is the backup. */
  finishedAttempt: z.number(),
  /** Unset if no checksums were requested. */
  checksums: z.optional(checksumSummary),
  ...verification(),
  /** Of its `backupmeta`, so that no other can pass for it; absent: the store does not tell, or an older release has taken it. */
  metaVersion: z.optional(fileVersion),
  /** When its manifest was written in its current form. Unset if it was not; the daily sweep then asks for it. */
  manifestAt: z.optional(z.iso.datetime()),
  /** When the sweep last asked for the manifest. */
  manifestWanted: z.optional(z.iso.datetime()),
  /** Overrides the end time as the age of the files: some had to be copied to restore them after deletion. */
  filesAsOf: z.optional(z.iso.datetime()),
  /** How far an undelete is that has to copy files. Unset if there is none. */
  undeleting: z.optional(
    z.object({
      parts: z.array(z.object({ upTo: z.string(), asOf: z.number() })),
      pinned: z.optional(fileVersion),
    }),
  ),
  /** The restores that read it, and the undelete that recovers its files. Unset if there are none. */
  restoredBy: z.optional(z.set(identifier)),
  ...dependents(),
  lockedUntil,
  copiedAt,
}));
export type FinishedBackup = z.infer<typeof finishedBackup>;

const unusable = lazily(() => ({
  startTime: z.optional(z.iso.datetime()),
  endTime: z.iso.datetime(),
  /** Why files may remain. Unset once they are proven gone. */
  filesRemain: z.optional(z.string()),
  lockedUntil,
}));

/** Ended without a backup. Not usable. */
const failedBackup = object(() => ({ ...common(), ...unusable(), status: z.literal('Failed'), error: recordFailure }));

/** Canceled by a user. Not usable. */
const canceledBackup = object(() => ({ ...common(), ...unusable(), status: z.literal('Canceled') }));

/** Its files are removed once they are unlocked, then the record. Not usable. */
export const deletingBackup = object(() => ({
  ...common(),
  status: z.literal('Deleting'),
  /** When the deletion started. */
  deleteTime: z.iso.datetime(),
  /** Why retention removes it. Unset if a user asked for it. */
  deletionReason: z.optional(z.string()),
  /** Number of executions that this deletion was given so far: see {@link deletionId}. */
  deletions: z.number(),
  /** Why the last execution gave up; another may continue. */
  deletionError: z.optional(recordFailure),
  /** As it was when the deletion started: a BACKUP may still have been writing then. */
  filesRemain: z.optional(z.string()),
  /** They are being deleted too, and their files go first: the record waits for them as it waits for a lock. */
  ...dependents(),
  lockedUntil,
  copiedAt,
}));
export type DeletingBackup = z.infer<typeof deletingBackup>;

/** Lifecycle: `Initializing → Processing → Finished | Failed | Canceled`, then `Deleting`. Only `Finished` can be restored. */
export const backupRecord = z.discriminatedUnion('status', [
  initializingBackup,
  processingBackup,
  finishedBackup,
  failedBackup,
  canceledBackup,
  deletingBackup,
]);
export type BackupRecord = z.infer<typeof backupRecord>;

/**
 * The folder of one attempt. Attempts never share one: TiDB rejects a used path, or worse, resumes an old snapshot in
 * it.
 */
export function attemptLocation(record: Pick<BackupRecord, 'location' | 'imported'>, attempt: number): StorageLocation {
  if (record.imported?.isFlat) return record.location;
  return below(record.location, `attempt-${attempt}`);
}

/** The number in a folder name made by {@link attemptLocation}; `undefined` for any other name. */
export function attemptNumber(name: string): number | undefined {
  const [, number] = /^attempt-(\d{1,9})$/.exec(name) ?? [];
  return number === undefined ? undefined : Number(number);
}

/**
 * The workflow id of a record's n-th deletion. It is deterministic, so that a running deletion is not started twice.
 * The next one starts only after Step Functions says that the previous one has ended.
 */
export function deletionId({ backupId, deletions }: Pick<DeletingBackup, 'backupId' | 'deletions'>): string {
  return `${backupId}-delete-${deletions}`;
}

/** The backup that a deletion workflow deletes, from its {@link deletionId}; `undefined` for any other workflow. */
export function backupOfDeletion(workFlowId: string): string | undefined {
  return /^(.+)-delete-\d+$/.exec(workFlowId)?.[1];
}

/** Whether `operationId` is an earlier deletion of this record, which has ended. */
export function isEndedDeletion(operationId: string, { backupId, deletions }: DeletingBackup): boolean {
  for (let earlier = 1; earlier < deletions; earlier += 1) {
    if (operationId === deletionId({ backupId, deletions: earlier })) return true;
  }
  return false;
}

/**
 * The folder that is deleted with a record; nothing else ever is. It is named by cluster and backup, so no two records
 * share one. `undefined` if the record names another place, which this service never writes.
 */
export function ownFolder({ location, clusterId, backupId, imported }: BackupRecord): StorageLocation | undefined {
  const parts = pathOf(location).replace(/^\//, '').split('/');
  const isPlain = parts.every((part) => part !== '' && part !== '.' && part !== '..');
  // Where the import found it; the deletion checks that it holds nothing but that backup.
  if (imported?.isFlat) return isPlain ? location : undefined;
  return isPlain && parts.at(-2) === clusterId && parts.at(-1) === backupId ? location : undefined;
}
