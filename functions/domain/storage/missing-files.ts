import * as z from 'zod/mini';
import type { FinishedBackup } from '../backup/backup-record.ts';
import { identifier } from '../shared/identifiers.ts';
import { object } from '../shared/object.ts';
import type { FolderContents } from './backup-files.ts';

/** A rule on the tenant's default event bus may match on these two. Published daily as long as files are missing. */
export const FILES_MISSING = { source: 'tidb.backup', detailType: 'Backup Files Missing', version: '1' } as const;

/** The event's `detail`: a finished backup of which somebody else has deleted files. */
export const missingFiles = z.object({
  backupId: identifier,
  clusterId: identifier,
  /** `s3://bucket/prefix` or `/mounted/path`. */
  path: z.string(),
  /** How many files there are. */
  files: z.number(),
  /** How many the backup has; unset if they were never counted. */
  expectedFiles: z.optional(z.number()),
  /** Bytes of the data files that are there, and of all that the backup has: decimal strings. */
  dataBytes: z.string(),
  expectedBytes: z.string(),
});
export type MissingFiles = z.infer<typeof missingFiles>;

export interface MissingFileEvents {
  /** Rejects if it could not be sent. */
  missing(backup: MissingFiles): Promise<void>;
}

/** Where a check stopped for lack of time. */
export const missingCursor = object(() => ({ checkedUpTo: identifier }));

/** What a listing of a backup's folder lacks; `undefined` if it lacks nothing. The manifest is not one of the counted files. */
export function lackOf(
  { fileCount, sizeBytes }: Pick<FinishedBackup, 'fileCount' | 'sizeBytes'>,
  contents: Pick<FolderContents, 'files' | 'manifests' | 'dataBytes'> | undefined,
): Pick<MissingFiles, 'files' | 'expectedFiles' | 'dataBytes' | 'expectedBytes'> | undefined {
  const files = (contents?.files ?? 0) - (contents?.manifests ?? 0);
  const dataBytes = contents?.dataBytes ?? 0n;
  if (files >= (fileCount ?? 1) && dataBytes >= BigInt(sizeBytes)) return undefined;
  return {
    ...{ files, dataBytes: String(dataBytes), expectedBytes: sizeBytes },
    ...(fileCount !== undefined && { expectedFiles: fileCount }),
  };
}
