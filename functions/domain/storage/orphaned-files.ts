import * as z from 'zod/mini';
import { identifier } from '../shared/identifiers.ts';

/** A rule on the tenant's default event bus may match on these two. Told of daily, as long as there are such files. */
export const FILES_ORPHANED = { source: 'tidb.backup', detailType: 'Orphaned Backup Files', version: '1' } as const;

/** The event's `detail`: a folder of backup files that no record tells of. */
export const orphanedFiles = z.object({
  /** Those that the folder is named by. */
  clusterId: identifier,
  backupId: identifier,
  /** `s3://bucket/prefix` or `/mounted/path`. */
  path: z.string(),
  files: z.number(),
  /** A decimal string. */
  sizeBytes: z.string(),
  /** When the newest of them was written. */
  lastWritten: z.iso.datetime(),
  /** Set: they hold a whole backup, which an import can write a record for, and which is never removed for want of one. */
  importable: z.optional(z.boolean()),
  /** Whether they are being removed, as the tenant's configuration says so; locked ones once their day has come. */
  removed: z.boolean(),
});
export type OrphanedFiles = z.infer<typeof orphanedFiles>;

export interface OrphanEvents {
  /** Rejects if one of them could not be sent; then others may have been. */
  orphaned(folders: readonly OrphanedFiles[]): Promise<void>;
}
