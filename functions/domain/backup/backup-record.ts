import * as z from 'zod/mini';
import { identifier } from '../shared/identifiers.ts';
import { below, pathOf, type StorageLocation, storageLocation } from '../storage/storage-location.ts';
import { executor } from '../workflow/executor.ts';
import { backupScope } from './backup-scope.ts';
import { notedTables, verification } from './verification.ts';

export const backupType = z.enum(['full', 'incr']);
export const backupMode = z.enum(['manual', 'auto']);
export type BackupMode = z.infer<typeof backupMode>;

/** A 64-bit number as the decimal string in which it crosses every boundary (TSO, size in bytes, connection id). */
export const decimal64 = z.string().check(z.regex(/^\d{1,20}$/));

/** The backup that an incremental one builds upon: it holds what has changed since that snapshot. */
export const backupBase = z.object({ backupId: identifier, backupTso: decimal64 });
export type BackupBase = z.infer<typeof backupBase>;

/** What decides which clusters a backup can be restored into. A part that is absent is not known. */
const tidbRelease = z.object({
  /** `v8.5.0` */
  tidbVersion: z.optional(z.string()),
  /** Of TiDB's `new_collation_enabled`, which is set once for the life of a cluster. */
  newCollationEnabled: z.optional(z.boolean()),
});
export type TidbRelease = z.infer<typeof tidbRelease>;

/** Of a record that was written again from what lies beside its files. */
const imported = z.object({
  /** Of the import. */
  workFlowId: identifier,
  time: z.iso.datetime(),
  /** Set: it had no manifest, so that nothing tells what it was asked to hold. */
  withoutManifest: z.optional(z.boolean()),
  /** Set: `br` has taken it. Its files lie right in its location, and not in the folder of an attempt. */
  isFlat: z.optional(z.boolean()),
});

const common = {
  backupId: identifier,
  clusterId: identifier,
  backupType,
  /** Of an incremental backup; a full one has none. */
  base: z.optional(backupBase),
  /** Of an incremental one: whether it becomes a full one where it cannot be built upon its base any more. */
  fallbackToFull: z.optional(z.boolean()),
  /** Why an incremental backup has become this full one. */
  fullBecause: z.optional(z.string()),
  /** Absent: everything. */
  scope: z.optional(backupScope),
  /** Whether its tables are to be noted, for a drill to compare: it costs two scans of the data. */
  wantsChecksums: z.optional(z.boolean()),
  backupMethod: z.literal('physical'),
  backupMode,
  /** The folder that is this record's alone; each attempt writes below it, see {@link attemptLocation}. */
  location: storageLocation,
  /** How many attempts have been given a path. */
  attempts: z.number(),
  workFlowId: identifier,
  /** Where it runs, or ran last. */
  executor,
  /** As the execution that writes it was told. */
  correlationId: z.optional(z.string()),
  /** Of the TiDB that its last attempt was started on. */
  ...tidbRelease.shape,
  /** Absent: the service has taken it, and never lost its record. */
  imported: z.optional(imported),
  /** Of a manual one: when retention may remove it; absent: never. Of an automatic one that was imported: when its rule may, at the soonest. */
  expireAt: z.optional(z.iso.datetime()),
  createTime: z.iso.datetime(),
  updateTime: z.iso.datetime(),
};

export const recordFailure = z.object({ code: z.number(), message: z.string() });
export type RecordFailure = z.infer<typeof recordFailure>;

/** Where a statement runs, so that whoever comes after a death can find and end it. */
export const statement = z.object({ server: z.string(), connectionId: decimal64 });

/** Percent, 0 to 100. */
const progress = z.number();

/** Until when the storage refuses to delete files of it (S3 Object Lock); absent: it does not, or nobody has asked it. */
const lockedUntil = z.optional(z.iso.datetime());

/** When every file of it was found in its second copy (`location.copy`); absent: not yet, or it has none. */
const copiedAt = z.optional(z.iso.datetime());

/** The incremental backups that build upon one. */
const dependents = {
  /** Absent: none does. */
  dependents: z.optional(z.set(identifier)),
  /** How often one was added: whoever has looked at them can tell whether another came since. */
  dependentsAdded: z.optional(z.number()),
};

/** Accepted; nothing has been written yet. Not usable. */
const initializingBackup = z.object({
  ...common,
  status: z.literal('Initializing'),
  cancelRequested: z.optional(z.boolean()),
});
export type InitializingBackup = z.infer<typeof initializingBackup>;

/** A node is at work, and files may be there. Not usable. */
export const processingBackup = z.object({
  ...common,
  status: z.literal('Processing'),
  startTime: z.iso.datetime(),
  progress,
  statement: z.optional(statement),
  /** What it does just now, where that is more than `statement` tells. */
  step: z.optional(z.string()),
  cancelRequested: z.optional(z.boolean()),
});
export type ProcessingBackup = z.infer<typeof processingBackup>;

/** Every file is there and TiDB said so. Usable. */
export const finishedBackup = z.object({
  ...common,
  status: z.literal('Finished'),
  startTime: z.iso.datetime(),
  endTime: z.iso.datetime(),
  backupTso: decimal64,
  sizeBytes: decimal64,
  /** PD's id of the TiDB that it was taken of; absent: it is not known, as of backups of older releases. */
  tidbClusterId: z.optional(decimal64),
  /** How many files it has; absent: they could not be counted. */
  fileCount: z.optional(z.number()),
  /** The attempt that finished: its folder is the backup. */
  finishedAttempt: z.number(),
  /** Absent: they were not to be noted. */
  checksums: z.optional(notedTables),
  ...verification,
  /** Of its `backupmeta`, so that no other can pass for it; absent: the store does not tell, or an older release has taken it. */
  metaVersion: z.optional(z.object({ eTag: z.string(), versionId: z.optional(z.string()) })),
  /** As of when its files count, in place of its end: some had to be copied to be brought back. */
  filesAsOf: z.optional(z.iso.datetime()),
  /** The restores that read it, and who brings back its files; absent: none does. */
  restoredBy: z.optional(z.set(identifier)),
  ...dependents,
  lockedUntil,
  copiedAt,
});
export type FinishedBackup = z.infer<typeof finishedBackup>;

const unusable = {
  startTime: z.optional(z.iso.datetime()),
  endTime: z.iso.datetime(),
  /** Why files may be there still; absent: they are proven gone. */
  filesRemain: z.optional(z.string()),
  lockedUntil,
};

/** It ended without a backup. Not usable. */
const failedBackup = z.object({ ...common, ...unusable, status: z.literal('Failed'), error: recordFailure });

/** A user ended it. Not usable. */
const canceledBackup = z.object({ ...common, ...unusable, status: z.literal('Canceled') });

/** Its files are being removed, once they are not locked any more, and then the record goes too. Not usable. */
export const deletingBackup = z.object({
  ...common,
  status: z.literal('Deleting'),
  /** When its deletion began. */
  deleteTime: z.iso.datetime(),
  /** Why retention removes it; absent: a user asked for it. */
  deletionReason: z.optional(z.string()),
  /** How many executions have been given the deletion, one after the other: see {@link deletionId}. */
  deletions: z.number(),
  /** Why the last of them gave up; another may go on. */
  deletionError: z.optional(recordFailure),
  /** As it was when the deletion began: then a BACKUP may still be writing. */
  filesRemain: z.optional(z.string()),
  /** They are being deleted too, and their files go first: until then the record waits, as for a lock of its own. */
  ...dependents,
  lockedUntil,
  copiedAt,
});
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

/** The folder of one attempt. No two attempts share one: TiDB refuses a used path, or worse, resumes an old snapshot in it. */
export function attemptLocation(record: Pick<BackupRecord, 'location' | 'imported'>, attempt: number): StorageLocation {
  if (record.imported?.isFlat) return record.location;
  return below(record.location, `attempt-${attempt}`);
}

/** The number in the name of a folder of {@link attemptLocation}; undefined: it is none. */
export function attemptNumber(name: string): number | undefined {
  const [, number] = /^attempt-(\d{1,9})$/.exec(name) ?? [];
  return number === undefined ? undefined : Number(number);
}

/**
 * The workflow of a record's n-th deletion. The name is the same for whoever asks, so that a deletion which runs is not
 * started twice. The next is started only when Step Functions has said that the one before has ended.
 */
export function deletionId({ backupId, deletions }: Pick<DeletingBackup, 'backupId' | 'deletions'>): string {
  return `${backupId}-delete-${deletions}`;
}

/** The backup of a workflow that is one of its deletions, by its {@link deletionId}; undefined: the workflow is another's. */
export function backupOfDeletion(workFlowId: string): string | undefined {
  return /^(.+)-delete-\d+$/.exec(workFlowId)?.[1];
}

/** Whether `operationId` is that of an earlier deletion of this record, which has ended then. */
export function isEndedDeletion(operationId: string, { backupId, deletions }: DeletingBackup): boolean {
  for (let earlier = 1; earlier < deletions; earlier += 1) {
    if (operationId === deletionId({ backupId, deletions: earlier })) return true;
  }
  return false;
}

/**
 * The folder that goes with a record: nothing else is ever deleted. It is the record's own, named by cluster and backup, so
 * no two records share one. Undefined: the record names another place, which no code of ours ever wrote.
 */
export function ownFolder({ location, clusterId, backupId, imported }: BackupRecord): StorageLocation | undefined {
  const parts = pathOf(location).replace(/^\//, '').split('/');
  const isPlain = parts.every((part) => part !== '' && part !== '.' && part !== '..');
  // Where an import found it; the deletion looks whether it holds anything but that backup.
  if (imported?.isFlat) return isPlain ? location : undefined;
  return isPlain && parts.at(-2) === clusterId && parts.at(-1) === backupId ? location : undefined;
}
