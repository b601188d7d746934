import * as z from 'zod/mini';
import { described } from '../shared/described.ts';
import { identifier } from '../shared/identifiers.ts';
import { backupBase, decimal64 } from './backup-record.ts';

/** Where an import looks, and what for. */
export const importRequest = z.object({
  path: described(
    z.optional(z.string().check(z.minLength(1), z.maxLength(1_024))),
    'Where to look: "bucket/prefix", or an absolute path of the shared file system. Defaults to the configured BackupStoragePath',
  ),
  clusterId: described(
    z.optional(identifier),
    'The cluster of backups that do not say theirs, as those that `br` took. Defaults to `tidb-` and the id that PD gave to their cluster',
  ),
});
export type ImportRequest = z.infer<typeof importRequest>;

/** How many backups were found, by what became of each. */
export const importCounts = z.object({
  imported: described(z.int(), 'Records that were written; of a plan, that would be'),
  present: described(z.int(), 'Backups that have a record'),
  skipped: described(z.int(), 'What is no backup that can be imported, each listed with its reason'),
});
export type ImportCounts = z.infer<typeof importCounts>;

/** What a workflow ImportBackups keeps in its item. */
export const importJob = z.object({
  request: importRequest,
  isPlan: z.boolean(),
  /** How often its node has begun. Only the last run may note what it did. */
  runs: z.optional(z.int()),
  /** The last folder that was looked at, below the place; absent: none was. */
  cursor: z.optional(z.string()),
  /** How far the incremental backups that wait for their base have been looked at, see `linkImported`; absent: none was. */
  linked: z.optional(z.string()),
  /** Whether every folder was looked at. */
  isRead: z.optional(z.boolean()),
  /** How many pages of the list are written. */
  pages: z.optional(z.int()),
  counts: z.optional(importCounts),
});
export type ImportJob = z.infer<typeof importJob>;

export const NO_COUNTS: ImportCounts = { imported: 0, present: 0, skipped: 0 };

/** What became of one folder that holds a backup, or seems to. */
export const importEntry = z
  .object({
    path: described(z.string(), 'The folder that was found: `s3://bucket/prefix` or `/mounted/path`'),
    backupId: described(z.optional(identifier), 'Absent: nothing tells it'),
    clusterId: described(z.optional(identifier), 'Absent: nothing tells it, or it was not read'),
    result: z.enum(['imported', 'present', 'skipped']),
    reason: described(z.optional(z.string()), 'Why it was skipped; or what was changed as it was imported'),
    backupTso: described(z.optional(decimal64), 'The snapshot; absent: it was not read'),
    baseTso: described(
      z.optional(decimal64),
      'Of an incremental backup without a manifest: the snapshot that it builds upon',
    ),
    base: described(z.optional(backupBase), 'Of an incremental backup: what it builds upon'),
  })
  .register(z.globalRegistry, { id: 'ImportEntry' });
export type ImportEntry = z.infer<typeof importEntry>;

/** Folders to a page of the list. */
export const IMPORT_PAGE = 100;

/** The list of an import, a page for every {@link IMPORT_PAGE} folders that were looked at; kept for 30 days. */
export interface ImportLists {
  /** Writes a page, in place of what an earlier run wrote there. */
  write(workFlowId: string, page: number, entries: readonly ImportEntry[], at: string): Promise<void>;
  /** Undefined: there is no such page (any more). @param page counts from 1 */
  read(workFlowId: string, page: number): Promise<ImportEntry[] | undefined>;
}
