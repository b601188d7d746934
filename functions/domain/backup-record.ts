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

/** Where the statement runs, so that whoever comes after a death can find and end it. */
const statement = z.object({ server: z.string(), connectionId: decimal64 });

/** Percent, 0 to 100. */
const progress = z.number();

/** Lifecycle: `Initializing → Processing → Finished | Failed | Canceled`, then `Deleting`. Only `Finished` can be restored. */
export const backupRecord = z.discriminatedUnion('status', [
  /** Accepted; nothing has been written yet. Not usable. */
  z.object({ ...common, status: z.literal('Initializing'), cancelRequested: z.optional(z.boolean()) }),
  /** A node is at work, and files may be there. Not usable. */
  z.object({
    ...common,
    status: z.literal('Processing'),
    startTime: z.iso.datetime(),
    progress,
    statement: z.optional(statement),
    cancelRequested: z.optional(z.boolean()),
  }),
  /** Every file is there and TiDB said so. Usable. */
  z.object({
    ...common,
    status: z.literal('Finished'),
    startTime: z.iso.datetime(),
    endTime: z.iso.datetime(),
    backupTso: decimal64,
    sizeBytes: decimal64,
    /** The attempt that finished: its folder is the backup. */
    finishedAttempt: z.number(),
  }),
  /** It ended without a backup; its files are removed, or `filesRemain` says why they may be there still. Not usable. */
  z.object({
    ...common,
    status: z.literal('Failed'),
    startTime: z.optional(z.iso.datetime()),
    endTime: z.iso.datetime(),
    error: recordFailure,
    filesRemain: z.optional(z.string()),
  }),
  /** A user ended it; its files are removed. Not usable. */
  z.object({
    ...common,
    status: z.literal('Canceled'),
    startTime: z.optional(z.iso.datetime()),
    endTime: z.iso.datetime(),
    filesRemain: z.optional(z.string()),
  }),
  /** Its files are being removed. Not usable. */
  z.object({ ...common, status: z.literal('Deleting') }),
]);
export type BackupRecord = z.infer<typeof backupRecord>;
export type BackupStatus = BackupRecord['status'];
export type FinishedBackup = Extract<BackupRecord, { status: 'Finished' }>;

/** The folder of one attempt. No two attempts share one: TiDB refuses a used path, or worse, resumes an old snapshot in it. */
export function attemptLocation(record: Pick<BackupRecord, 'location'>, attempt: number): StorageLocation {
  return below(record.location, `attempt-${attempt}`);
}
