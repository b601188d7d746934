import * as z from 'zod/mini';
import { identifier } from './identifiers.ts';
import { below, type StorageLocation, storageLocation } from './storage-location.ts';

export const backupType = z.enum(['full', 'incr']);
export const backupMode = z.enum(['manual', 'auto']);
export type BackupMode = z.infer<typeof backupMode>;

/** A 64-bit number as the decimal string in which it crosses every boundary (TSO, size in bytes, connection id). */
export const decimal64 = z.string().check(z.regex(/^\d{1,20}$/));

const common = {
  backupId: identifier,
  clusterId: identifier,
  backupType,
  backupMethod: z.literal('physical'),
  backupMode,
  /** The folder that is this record's alone; each attempt writes below it, see {@link attemptLocation}. */
  location: storageLocation,
  /** How many attempts have been given a path. */
  attempts: z.number(),
  workFlowId: identifier,
  executor: z.literal('lambda'),
  createTime: z.iso.datetime(),
  updateTime: z.iso.datetime(),
};

const recordFailure = z.object({ code: z.number(), message: z.string() });
export type RecordFailure = z.infer<typeof recordFailure>;

/** Where the statement runs, so that whoever comes after a death can find and end it. */
const statement = z.object({ server: z.string(), connectionId: decimal64 });

/** Percent, 0 to 100. */
const progress = z.number();

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
  /** The attempt that finished: its folder is the backup. */
  finishedAttempt: z.number(),
});
export type FinishedBackup = z.infer<typeof finishedBackup>;

const unusable = {
  startTime: z.optional(z.iso.datetime()),
  endTime: z.iso.datetime(),
  /** Why files may be there still; absent: they are proven gone. */
  filesRemain: z.optional(z.string()),
};

/** It ended without a backup. Not usable. */
const failedBackup = z.object({ ...common, ...unusable, status: z.literal('Failed'), error: recordFailure });

/** A user ended it. Not usable. */
const canceledBackup = z.object({ ...common, ...unusable, status: z.literal('Canceled') });

/** Its files are being removed. Not usable. */
const deletingBackup = z.object({ ...common, status: z.literal('Deleting') });

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
export function attemptLocation(record: Pick<BackupRecord, 'location'>, attempt: number): StorageLocation {
  return below(record.location, `attempt-${attempt}`);
}
