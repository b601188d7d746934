import * as z from 'zod/mini';
import { storageTerms } from '../storage/storage-class.ts';
import { type FinishedBackup, finishedBackup } from './backup-record.ts';

/** The file beside `backupmeta` that keeps what only the record knows, so that the record can be written again. */
export const MANIFEST = 'tidb-backup-manifest.json';

/** A file that is larger is not read. */
export const MAX_MANIFEST_BYTES = 256 * 1_024;

/** A release reads the versions up to its own. */
export const MANIFEST_VERSION = 1;

/**
 * What a manifest keeps of a record. It does not say where the files are: they are where the manifest lies. Nor does it say by whom
 * the backup is held, or which keys open its store.
 */
const keptOfRecord = z.object({
  ...z.omit(finishedBackup, {
    status: true,
    location: true,
    restoredBy: true,
    dependents: true,
    dependentsAdded: true,
  }).shape,
  /** The storage classes of the deployment's own bucket when the backup was made. */
  storageTerms: z.optional(storageTerms),
});

export type KeptOfRecord = z.infer<typeof keptOfRecord>;

export const manifest = z.object({ schemaVersion: z.literal(MANIFEST_VERSION), backup: keptOfRecord });

/** The text of a backup's manifest; the same record always gives the same text. */
export function manifestOf(record: FinishedBackup): string {
  const { location } = record;
  // Parsing drops all that the schema does not name.
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
