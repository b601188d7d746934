import * as z from 'zod/mini';
import { quoteInput } from '../shared/errors.ts';
import { below, type StorageLocation } from '../storage/storage-location.ts';
import { changedSettings, tableSettings } from '../tidb/table-definition.ts';
import { type BackupRecord, decimal64 } from './backup-record.ts';
import { foldedTable, type TableName } from './backup-scope.ts';
import type { ComparedTable, DrillTables } from './verification.ts';

/**
 * The contents of a table at one moment, by values that a restore preserves.
 *
 * - `rows` and `content` describe the rows as they are read: `content` is the sum of a checksum of each row, over all its columns. They
 *   prove that the restored rows are the original ones, within the odds of a 32-bit checksum.
 * - `kvs` and `bytes` describe the key-value pairs in TiKV, including those of indexes (`ADMIN CHECKSUM TABLE`, which needs SUPER). They
 *   prove that no index entry is missing or superfluous, which the rows cannot show.
 * - `crc` covers the same pairs. Keys contain the table id, which RESTORE may change, so `crc` is comparable only if `tableId` is the same.
 *   Then it proves everything.
 */
const tableContents = z.object({
  rows: decimal64,
  /** A sum, which may exceed 64 bits. */
  content: z.string().check(z.regex(/^\d{1,30}$/)),
  kvs: z.optional(decimal64),
  bytes: z.optional(decimal64),
  crc: z.optional(decimal64),
});
export type TableContents = z.infer<typeof tableContents>;

/** A table, view or sequence. Fields other than the name are unset if they could not be read. */
const recordedTable = z.object({
  database: z.string(),
  table: z.string(),
  tableId: z.optional(decimal64),
  /** Unset for a table. A view, a sequence or a global temporary table holds no rows of its own. */
  kind: z.optional(z.enum(['view', 'sequence', 'temporary table'])),
  definition: z.optional(z.string()),
  settings: z.optional(tableSettings),
  ...z.partial(tableContents).shape,
  /** Why its rows or definition could not be read: a sentence that names it. */
  unreadable: z.optional(z.string()),
});
export type RecordedTable = z.infer<typeof recordedTable>;

/**
 * The checksum file beside an attempt: everything that the backup holds, at its snapshot. Version 1 has only tables,
 * without definitions, and computes `content` differently.
 */
export const tableNotes = z.object({
  version: z.union([z.literal(1), z.literal(2)]),
  backupTso: decimal64,
  /** Including empty ones. */
  databases: z.optional(z.array(z.string())),
  tables: z.array(recordedTable),
});
export type TableNotes = z.infer<typeof tableNotes>;

/** The version that is written. */
export const NOTES_VERSION = 2 satisfies TableNotes['version'];

/**
 * The folder of the checksum files in a record's folder. It is outside BR's paths, because BR rejects foreign files.
 */
export const NOTES_FOLDER = 'tables';

/** The checksum file of an attempt. */
export function notesFile(
  record: Pick<BackupRecord, 'location'>,
  attempt: number,
): { folder: StorageLocation; name: string } {
  return { folder: below(record.location, NOTES_FOLDER), name: `attempt-${attempt}.json` };
}

/** How messages show a table. */
export function shownTable({ database, table }: TableName): string {
  return quoteInput(`${database}.${table}`);
}

/** The result of comparing a restored cluster with the checksums of its backup. Each entry names a table. */
interface Comparison {
  /** Tables whose rows were compared, as restored. */
  compared: RecordedTable[];
  /** Whether key-value pairs were compared, too. */
  hasKeyValues: boolean;
  /** How the restored cluster differs from the backup. */
  mismatches: string[];
  /** What RESTORE itself changes, which is no damage. */
  changedByRestore: string[];
  notCompared: string[];
  /** Each of them, in no order. */
  tables: ComparedTable[];
}

export function compareWithNotes(
  { version, databases = [], tables: noted }: TableNotes,
  restored: { readonly databases: readonly string[]; readonly tables: readonly RecordedTable[] },
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
    tables: [],
  };
  for (const database of databases) {
    if (there.has(database.toLowerCase())) continue;
    comparison.mismatches.push(`the database ${quoteInput(database)} is missing`);
    comparison.tables.push({ database, outcome: 'missing' });
  }
  for (const table of noted) compareTable(table, found.get(foldedTable(table)), comparison);
  for (const table of restored.tables) {
    // Version 1 lists only tables.
    const wasRecorded = known.has(foldedTable(table)) || (version === 1 && table.kind !== undefined);
    if (wasRecorded) continue;
    comparison.mismatches.push(`${shownTable(table)} was not in the backup`);
    comparison.tables.push(asCompared({ ...table, rows: undefined, kvs: undefined, content: undefined }, 'unexpected'));
  }
  return comparison;
}

function compareTable(noted: RecordedTable, restored: RecordedTable | undefined, comparison: Comparison): void {
  const { compared, mismatches, changedByRestore, notCompared, tables } = comparison;
  const name = shownTable(noted);
  if (restored === undefined) {
    // What could not be read at backup time may be hidden here, too.
    if (noted.unreadable === undefined) mismatches.push(`${name} is missing`);
    else notCompared.push(noted.unreadable);
    tables.push(asCompared(noted, noted.unreadable === undefined ? 'missing' : 'notCompared', noted.unreadable));
    return;
  }
  const difference = differenceOf(noted, restored);
  if (difference !== undefined) mismatches.push(`${name} ${difference}`);
  if (restored.rows !== undefined && noted.rows !== undefined) compared.push(restored);
  comparison.hasKeyValues ||= restored.kvs !== undefined && noted.kvs !== undefined;
  const unreadable = noted.unreadable ?? restored.unreadable;
  if (unreadable !== undefined) notCompared.push(unreadable);
  const changes = noted.settings && restored.settings ? changedSettings(noted.settings, restored.settings) : [];
  changedByRestore.push(...changes.map((change) => `${name}: ${change}`));
  const outcome = difference !== undefined ? 'differs' : unreadable !== undefined ? 'notCompared' : 'equal';
  tables.push(asCompared(noted, outcome, difference, unreadable, ...changes));
}

function asCompared(
  { database, table, kind, rows, kvs, content }: RecordedTable,
  outcome: ComparedTable['outcome'],
  ...details: readonly (string | undefined)[]
): ComparedTable {
  const detail = details.filter((each) => each !== undefined).join('; ');
  return {
    ...{ database, table, outcome },
    ...(kind && { kind }),
    ...(rows !== undefined && { rows }),
    ...(kvs !== undefined && { keyValues: kvs }),
    ...(content !== undefined && { checksum: content }),
    ...(detail !== '' && { detail }),
  };
}

const WORST_FIRST: readonly ComparedTable['outcome'][] = ['differs', 'missing', 'unexpected', 'notCompared', 'equal'];

/** A workflow's item has room for so many tables, and for so many characters of them: DynamoDB allows 400 KB. */
const TABLES_KEPT = 200;
const CHARACTERS_KEPT = 32_768;

/** As many tables as a workflow's item has room for, problems first, then those with a remark, then by name. */
export function drillTablesOf(tables: readonly ComparedTable[]): DrillTables {
  const rank = ({ outcome, detail }: ComparedTable) => WORST_FIRST.indexOf(outcome) + (detail === undefined ? 0.5 : 0);
  const nameOf = ({ database, table = '' }: ComparedTable) => `${database}.${table}`;
  const sorted = tables.toSorted((a, b) => rank(a) - rank(b) || (nameOf(a) < nameOf(b) ? -1 : 1));
  const kept: ComparedTable[] = [];
  let left = CHARACTERS_KEPT;
  for (const table of sorted.slice(0, TABLES_KEPT)) {
    left -= JSON.stringify(table).length;
    if (left < 0) break;
    kept.push(table);
  }
  const omitted = tables.length - kept.length;
  return { tables: kept, ...(omitted > 0 && { omitted }) };
}

/** Compares only what both have; `undefined` if nothing differs. */
function differenceOf(noted: RecordedTable, there: RecordedTable): string | undefined {
  const differs = (key: keyof RecordedTable) =>
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
