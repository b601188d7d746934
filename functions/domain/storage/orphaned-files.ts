import * as z from 'zod/mini';
import { identifier } from '../shared/identifiers.ts';
import { object } from '../shared/object.ts';

/** A rule on the tenant's default event bus may match on these two. Published daily as long as such files exist. */
export const FILES_ORPHANED = { source: 'tidb.backup', detailType: 'Orphaned Backup Files', version: '1' } as const;

/** The event's `detail`: a folder of backup files without a record. */
export const orphanedFiles = z.object({
  /** From the folder's name. */
  clusterId: identifier,
  backupId: identifier,
  /** `s3://bucket/prefix` or `/mounted/path`. */
  path: z.string(),
  files: z.number(),
  /** A decimal string. */
  sizeBytes: z.string(),
  /** When the newest file was written. */
  lastWritten: z.iso.datetime(),
  /** Set for a complete backup: an import can create its record, and it is never removed for lack of one. */
  importable: z.optional(z.boolean()),
  /** Whether they are being removed, as the tenant's configuration demands; locked files once they are unlocked. */
  removed: z.boolean(),
});
export type OrphanedFiles = z.infer<typeof orphanedFiles>;

export interface OrphanEvents {
  /** Rejects if one of them could not be sent; others may have been. */
  orphaned(folders: readonly OrphanedFiles[]): Promise<void>;
}

/** Where a search stopped for lack of time. */
export const searchCursor = object(() => ({
  /** The storage place that it was searching, and the last cluster there that it had finished. */
  ...{ place: z.string(), after: z.string() },
  /** Whether a place could not be searched before. */
  hasFailed: z.boolean(),
}));
export type SearchCursor = z.infer<typeof searchCursor>;
