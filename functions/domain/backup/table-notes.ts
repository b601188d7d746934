import * as z from 'zod/mini';
import { quoteInput } from '../shared/errors.ts';
import { below, type StorageLocation } from '../storage/storage-location.ts';
import { changedSettings, tableSettings } from '../tidb/table-definition.ts';
import { type BackupRecord, decimal64 } from './backup-record.ts';
import { foldedTable, type TableName } from './backup-scope.ts';

/**
 * What a table holds at one moment, by what a restore keeps as it is.
 *
 * - `rows` and `content` are of the rows as they are read: `content` adds up a checksum of each, over all its columns. They prove that the
 *   restored rows are those that were there, up to the odds of a 32-bit checksum.
 * - `kvs` and `bytes` are of the pairs in TiKV, those of indexes among them (`ADMIN CHECKSUM TABLE`, which needs SUPER). They prove that no
 *   index entry is missing or too much, which no row can show.
 * - `crc` is over the same pairs. A key holds its table's id, and RESTORE may give a table another one: so it is comparable, and then
 *   proves all of it, only where `tableId` is the same.
 */
const tableContents = z.object({
  rows: decimal64,
  /** A sum: it may outgrow 64 bits. */
  content: z.string().check(z.regex(/^\d{1,30}$/)),
  kvs: z.optional(decimal64),
  bytes: z.optional(decimal64),
  crc: z.optional(decimal64),
});
export type TableContents = z.infer<typeof tableContents>;

/** A table, view or sequence; all but its name is there as far as it was read. */
const notedTable = z.object({
  database: z.string(),
  table: z.string(),
  tableId: z.optional(decimal64),
  /** Without one, it is a table. A view, a sequence or a global temporary table holds no rows of its own. */
  kind: z.optional(z.enum(['view', 'sequence', 'temporary table'])),
  definition: z.optional(z.string()),
  settings: z.optional(tableSettings),
  ...z.partial(tableContents).shape,
  /** Why its rows, or its definition, could not be read: a sentence that names it. */
  unreadable: z.optional(z.string()),
});
export type NotedTable = z.infer<typeof notedTable>;

/**
 * The file that lies beside an attempt: all that the backup holds, at its snapshot. Version 1 has tables alone, without definitions;
 * and its `content` is read in another way.
 */
export const tableNotes = z.object({
  version: z.union([z.literal(1), z.literal(2)]),
  backupTso: decimal64,
  /** The empty ones too. */
  databases: z.optional(z.array(z.string())),
  tables: z.array(notedTable),
});
export type TableNotes = z.infer<typeof tableNotes>;

/** In which notes are written. */
export const NOTES_VERSION = 2 satisfies TableNotes['version'];

/** The folder of the notes in that of a record. It is none of BR's, which takes no file of others in its path. */
export const NOTES_FOLDER = 'tables';

/** Where the notes of an attempt are. */
export function notesFile(
  record: Pick<BackupRecord, 'location'>,
  attempt: number,
): { folder: StorageLocation; name: string } {
  return { folder: below(record.location, NOTES_FOLDER), name: `attempt-${attempt}.json` };
}

/** As it may stand in a message. */
export function shownTable({ database, table }: TableName): string {
  return quoteInput(`${database}.${table}`);
}

/** What came of comparing a restored cluster with what was noted of its backup. Each entry names a table. */
interface Comparison {
  /** Tables whose rows were compared, as restored. */
  compared: NotedTable[];
  /** Whether key-value pairs could be compared, too. */
  hasKeyValues: boolean;
  /** In what the restored is not what was noted. */
  mismatches: string[];
  /** What RESTORE changes by itself, which is no damage. */
  changedByRestore: string[];
  notCompared: string[];
}

export function compareWithNotes(
  { version, databases = [], tables: noted }: TableNotes,
  restored: { readonly databases: readonly string[]; readonly tables: readonly NotedTable[] },
): Comparison {
  const found = new Map(restored.tables.map((table) => [foldedTable(table), table]));
  const known = new Set(noted.map(foldedTable));
  const there = new Set(restored.databases.map((name) => name.toLowerCase()));
  const comparison: Comparison = {
    compared: [],
    hasKeyValues: false,
    mismatches: [],
    changedByRestore: [],
    notCompared: [],
  };
  for (const name of databases) {
    if (!there.has(name.toLowerCase())) comparison.mismatches.push(`the database ${quoteInput(name)} is missing`);
  }
  for (const table of noted) compareTable(table, found.get(foldedTable(table)), comparison);
  for (const table of restored.tables) {
    // Notes of version 1 are of tables alone.
    const wasNoted = known.has(foldedTable(table)) || (version === 1 && table.kind !== undefined);
    if (!wasNoted) comparison.mismatches.push(`${shownTable(table)} was not in the backup`);
  }
  return comparison;
}

function compareTable(noted: NotedTable, restored: NotedTable | undefined, comparison: Comparison): void {
  const { compared, mismatches, changedByRestore, notCompared } = comparison;
  const name = shownTable(noted);
  if (restored === undefined) {
    // What could not be seen at backup time may be hidden here, too.
    if (noted.unreadable === undefined) mismatches.push(`${name} is missing`);
    else notCompared.push(noted.unreadable);
    return;
  }
  const difference = differenceOf(noted, restored);
  if (difference !== undefined) mismatches.push(`${name} ${difference}`);
  if (restored.rows !== undefined && noted.rows !== undefined) compared.push(restored);
  comparison.hasKeyValues ||= restored.kvs !== undefined && noted.kvs !== undefined;
  const unreadable = noted.unreadable ?? restored.unreadable;
  if (unreadable !== undefined) notCompared.push(unreadable);
  if (noted.settings && restored.settings) {
    changedByRestore.push(...changedSettings(noted.settings, restored.settings).map((change) => `${name}: ${change}`));
  }
}

/** Undefined: none, in what both have. */
function differenceOf(noted: NotedTable, there: NotedTable): string | undefined {
  const differs = (key: keyof NotedTable) =>
    noted[key] !== undefined && there[key] !== undefined && noted[key] !== there[key];
  const isKnown = noted.definition !== undefined && there.definition !== undefined;
  if (isKnown && there.kind !== noted.kind) {
    return `is a ${there.kind ?? 'table'} instead of a ${noted.kind ?? 'table'}`;
  }
  if (differs('definition')) return 'has another definition';
  if (differs('rows')) return `has ${there.rows} rows instead of ${noted.rows}`;
  if (differs('kvs')) return `has ${there.kvs} key-value pairs instead of ${noted.kvs}`;
  if (differs('bytes')) return `has ${there.bytes} bytes instead of ${noted.bytes}`;
  if (differs('content')) return 'has other values in its rows';
  if (there.tableId === noted.tableId && differs('crc')) return 'has another checksum';
  return undefined;
}
