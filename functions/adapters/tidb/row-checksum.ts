import { quotedName, type TableName } from '../../domain/backup/backup-scope.ts';
import type { TableNotes } from '../../domain/backup/table-notes.ts';
import type { ColumnOfTable } from './rows.ts';

/** Types whose text has only digits and signs, never a comma. */
const PLAIN = new Set([
  'tinyint',
  'smallint',
  'mediumint',
  'int',
  'bigint',
  'decimal',
  'year',
  'date',
  'datetime',
  'timestamp',
  'time',
]);
const SHORT = new Set(['bit', 'char', 'varchar', 'binary', 'varbinary', 'enum', 'set']);
const LONG = new Set(['tinytext', 'text', 'mediumtext', 'longtext', 'tinyblob', 'blob', 'mediumblob', 'longblob']);

/**
 * Sums a checksum of each row: a sum rather than XOR, so that two equal rows do not cancel out. MD5 goes in between,
 * because CRC-32 is linear: values swapped between two rows would go unnoticed far too often. TiKV can compute all of
 * it.
 * @param columns empty if all are virtual
 */
export function contentSql(
  table: TableName,
  columns: readonly ColumnOfTable[],
  version: TableNotes['version'],
): string {
  const row = version === 1 ? rowOfVersion1(columns) : `MD5(${rowText(columns)})`;
  return `SELECT COUNT(*) AS row_count, SUM(CRC32(${row})) AS content_sum FROM ${quotedTable(table)}`;
}

/** A unique text for each row: fields contain no comma, and are `NULL` for null columns. */
function rowText(columns: readonly ColumnOfTable[]): string {
  // Virtual columns are not stored, so they cannot be damaged; their definition is compared.
  const stored = columns.filter(({ EXTRA }) => !EXTRA.includes('VIRTUAL GENERATED'));
  const fields = stored.map((column) => `IFNULL(${fieldText(column)}, 'NULL')`);
  return `CONCAT_WS(${["','", ...fields, ...(fields.length === 0 ? ["''"] : [])].join(', ')})`;
}

function fieldText({ COLUMN_NAME, DATA_TYPE }: ColumnOfTable): string {
  const name = quotedName(COLUMN_NAME);
  const type = DATA_TYPE.toLowerCase();
  if (PLAIN.has(type)) return `CAST(${name} AS CHAR)`;
  // All digits, as a double: engines and releases write FLOAT differently. Rounding would hide changes, and could not
  // be pushed down to TiKV.
  if (type === 'float' || type === 'double') return `CAST(${name} + 0E0 AS CHAR)`;
  // The bytes, whatever the character set: TiDB refuses to join latin1 with gbk.
  if (SHORT.has(type)) return `HEX(${name})`;
  // CONCAT_WS returns NULL beyond `max_allowed_packet`, and such a row would not count.
  if (LONG.has(type)) return `MD5(${name})`;
  // JSON, VECTOR, and future types. Without CAST, TiDB cuts a VECTOR(n) to n characters.
  return `MD5(CAST(${name} AS CHAR))`;
}

/** For older backups, of version 1. It confuses rows with commas in their values, and fails for some types. */
function rowOfVersion1(columns: readonly ColumnOfTable[]): string {
  const names = columns.map(({ COLUMN_NAME }) => quotedName(COLUMN_NAME));
  const nulls = names.map((name) => `ISNULL(${name})`);
  return `CONCAT_WS(',', ${[...names, `CONCAT(${nulls.join(', ')})`].join(', ')})`;
}

export function quotedTable({ database, table }: TableName): string {
  return `${quotedName(database)}.${quotedName(table)}`;
}
