import * as z from 'zod/mini';
import { described } from '../shared/described.ts';
import { identifier } from '../shared/identifiers.ts';
import { object } from '../shared/object.ts';
import { backupBase, decimal64 } from './backup-record.ts';

/** Where an import looks, and for which cluster. */
export const importRequest = object(() => ({
  path: described(
    z.optional(z.string().check(z.minLength(1), z.maxLength(1_024))),
    'Where to look: "bucket/prefix", or an absolute path of the shared file system. Defaults to the configured BackupStoragePath',
  ),
  clusterId: described(
    z.optional(identifier),
    'The cluster to assign to backups that do not name one, such as those taken by `br`. Defaults to `tidb-` followed by the PD cluster id',
  ),
}));
export type ImportRequest = z.infer<typeof importRequest>;

/** Number of backups found, by outcome. */
export const importCounts = object(() => ({
  imported: described(z.int(), 'Records written; in a plan, records that would be written'),
  present: described(z.int(), 'Backups that already have a record'),
  skipped: described(z.int(), 'Folders that cannot be imported, each listed with its reason'),
}));
export type ImportCounts = z.infer<typeof importCounts>;

/** State that an ImportBackups workflow keeps in its item. */
export const importJob = object(() => ({
  request: importRequest,
  isPlan: z.boolean(),
  /** How often its node has started. Only the latest run may record progress. */
  runs: z.optional(z.int()),
  /** The last folder examined, relative to the location. Unset before the first. */
  cursor: z.optional(z.string()),
  /** How far the incremental backups that wait for their base have been looked at, see `linkImported`; unset if none was. */
  linked: z.optional(z.string()),
  /** Whether every folder has been examined. */
  isRead: z.optional(z.boolean()),
  /** Number of list pages written. */
  pages: z.optional(z.int()),
  counts: z.optional(importCounts),
}));
export type ImportJob = z.infer<typeof importJob>;

export const NO_COUNTS: ImportCounts = { imported: 0, present: 0, skipped: 0 };

/** The outcome for one folder that holds a backup, or seems to. */
export const importEntry = object(() => ({
  path: described(z.string(), 'The folder: `s3://bucket/prefix` or `/mounted/path`'),
  backupId: described(z.optional(identifier), 'Omitted if nothing tells it'),
  clusterId: described(z.optional(identifier), 'Omitted if nothing tells it, or it was not read'),
  result: z.enum(['imported', 'present', 'skipped']),
  reason: described(z.optional(z.string()), 'Why it was skipped, or what the import changed'),
  backupTso: described(z.optional(decimal64), 'The snapshot; omitted if it was not read'),
  baseTso: described(z.optional(decimal64), 'Snapshot of the base, for an incremental backup without a manifest'),
  base: described(z.optional(backupBase), 'The base, for an incremental backup'),
})).register(z.globalRegistry, { id: 'ImportEntry' });
export type ImportEntry = z.infer<typeof importEntry>;

/** Folders per page of the list. */
export const IMPORT_PAGE = 100;

/** The list of an import, a page for every {@link IMPORT_PAGE} folders examined; kept for 30 days. */
export interface ImportLists {
  /**
   * Writes a page, replacing what an earlier run wrote there.
   * @param page counts from 1
   */
  write(workFlowId: string, page: number, entries: readonly ImportEntry[], at: string): Promise<void>;
  /** `undefined` if there is no such page (any more). @param page counts from 1 */
  read(workFlowId: string, page: number): Promise<ImportEntry[] | undefined>;
}
