import * as z from 'zod/mini';
import { type BackupRecord, decimal64 } from './backup-record.ts';
import { foldedTable, type TableName } from './backup-scope.ts';
import { quoteInput } from './errors.ts';
import { below, type StorageLocation } from './storage-location.ts';

/**
 * What a table holds at one moment, by what a restore keeps as it is.
 *
 * - `rows` and `content` are of the rows as they are read: `content` adds up a CRC-32 of each, over all its columns. They prove
 *   that the restored rows are those that were there, up to the odds of a 32-bit checksum.
 * - `kvs` and `bytes` are of the pairs in TiKV, those of indexes among them (`ADMIN CHECKSUM TABLE`). They prove that no index
 *   entry is missing or too much, which no row can show.
 * - `crc` is over the same pairs. A key holds its table's id, and RESTORE may give a table another one: so it is comparable,
 *   and then proves all of it, only where `tableId` is the same.
 */
const tableFingerprint = z.object({
  rows: decimal64,
  /** A sum: it may outgrow 64 bits. */
  content: z.string().check(z.regex(/^\d{1,30}$/)),
  kvs: decimal64,
  bytes: decimal64,
  crc: decimal64,
  tableId: decimal64,
});
export type TableFingerprint = z.infer<typeof tableFingerprint>;

const notedTable = z.object({ database: z.string(), table: z.string(), ...tableFingerprint.shape });
export type NotedTable = z.infer<typeof notedTable>;

/** The file that lies beside an attempt: all tables of the backup, at its snapshot. */
export const tableNotes = z.object({ version: z.literal(1), backupTso: decimal64, tables: z.array(notedTable) });
export type TableNotes = z.infer<typeof tableNotes>;

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
function shown({ database, table }: TableName): string {
  return quoteInput(`${database}.${table}`);
}

/** In what the restored tables are not those that were noted; empty: in nothing. */
export function mismatches(noted: readonly NotedTable[], restored: readonly NotedTable[]): string[] {
  const found = new Map(restored.map((table) => [foldedTable(table), table]));
  const known = new Set(noted.map(foldedTable));
  return [
    ...noted.flatMap((table) => {
      const there = found.get(foldedTable(table));
      if (there === undefined) return [`${shown(table)} is missing`];
      const difference = differenceOf(table, there);
      return difference === undefined ? [] : [`${shown(table)} has ${difference}`];
    }),
    ...restored
      .filter((table) => !known.has(foldedTable(table)))
      .map((table) => `${shown(table)} was not in the backup`),
  ];
}

function differenceOf(noted: TableFingerprint, there: TableFingerprint): string | undefined {
  if (there.rows !== noted.rows) return `${there.rows} rows instead of ${noted.rows}`;
  if (there.kvs !== noted.kvs) return `${there.kvs} key-value pairs instead of ${noted.kvs}`;
  if (there.bytes !== noted.bytes) return `${there.bytes} bytes instead of ${noted.bytes}`;
  if (there.content !== noted.content) return 'other values in its rows';
  if (there.tableId === noted.tableId && there.crc !== noted.crc) return 'another checksum';
  return undefined;
}
