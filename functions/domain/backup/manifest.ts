import * as z from 'zod/mini';
import { storageTerms } from '../storage/storage-class.ts';
import { type FinishedBackup, finishedBackup } from './backup-record.ts';

/** The file beside `backupmeta` that holds what only the record knows, so that an import can recreate the record. */
export const MANIFEST = 'tidb-backup-manifest.json';

/** Larger files are not read. */
export const MAX_MANIFEST_BYTES = 256 * 1_024;

/** A release reads all versions up to its own. */
export const MANIFEST_VERSION = 1;

/**
 * The part of a record that a manifest keeps. The location is not in it, because the files are where the manifest is;
 * nor are holds or the keys of its store.
 */
const keptOfRecord = z.object({
  ...z.omit(finishedBackup, {
    status: true,
    location: true,
    restoredBy: true,
    manifestAt: true,
    manifestWanted: true,
    undeleting: true,
    dependents: true,
    dependentsAdded: true,
  }).shape,
  /** Storage classes of the deployment's own bucket when the backup was taken. */
  storageTerms: z.optional(storageTerms),
});

export type KeptOfRecord = z.infer<typeof keptOfRecord>;

export const manifest = z.object({ schemaVersion: z.literal(MANIFEST_VERSION), backup: keptOfRecord });

/** The text of a backup's manifest; deterministic for a record. */
export function manifestOf(record: FinishedBackup): string {
  const { location } = record;
  // Parsing drops everything that the schema does not name.
  const backup = keptOfRecord.parse({
    ...record,
    ...(location.type === 's3' && { storageTerms: storageTerms.parse(location) }),
  });
  const { evidence, checksums, ...rest } = backup;
  for (const kept of [backup, { ...rest, checksums }, rest]) {
    const text = JSON.stringify({ schemaVersion: MANIFEST_VERSION, backup: kept }, undefined, 1);
    if (Buffer.byteLength(text) <= MAX_MANIFEST_BYTES) return text;
  }
  throw new Error(`the manifest of backup ${record.backupId} would be larger than ${MAX_MANIFEST_BYTES} bytes`);
}
