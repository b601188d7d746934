import { quotedName, type TableName } from '../../domain/backup/backup-scope.ts';
import type { TableNotes } from '../../domain/backup/table-notes.ts';
import type { ColumnOfTable } from './rows.ts';

/** Types whose text has digits and signs, and never a comma. */
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
 * Adds up a checksum of each row: summed rather than XORed, so that two equal rows are not as good as none. MD5 stands between, as
 * CRC-32 is linear: values that change places between two rows would go unnoticed far too often. TiKV can compute all of it.
 * @param columns none, where all are generated as they are read
 */
export function contentSql(
  table: TableName,
  columns: readonly ColumnOfTable[],
  version: TableNotes['version'],
): string {
  const row = version === 1 ? rowOfVersion1(columns) : `MD5(${rowText(columns)})`;
  return `SELECT COUNT(*) AS row_count, SUM(CRC32(${row})) AS content_sum FROM ${quotedTable(table)}`;
}

/** A text for each row that no other row has: a field has no comma, and is `NULL` where the column is. */
function rowText(columns: readonly ColumnOfTable[]): string {
  // What is not stored cannot be damaged; its definition is compared.
  const stored = columns.filter(({ EXTRA }) => !EXTRA.includes('VIRTUAL GENERATED'));
  const fields = stored.map((column) => `IFNULL(${fieldText(column)}, 'NULL')`);
  return `CONCAT_WS(${["','", ...fields, ...(fields.length === 0 ? ["''"] : [])].join(', ')})`;
}

function fieldText({ COLUMN_NAME, DATA_TYPE }: ColumnOfTable): string {
  const name = quotedName(COLUMN_NAME);
  const type = DATA_TYPE.toLowerCase();
  if (PLAIN.has(type)) return `CAST(${name} AS CHAR)`;
  // All digits, as a double: engines and releases differ in how they write a FLOAT. Rounding would hide changes, and keep TiKV from
  // computing it.
  if (type === 'float' || type === 'double') return `CAST(${name} + 0E0 AS CHAR)`;
  // The bytes, whatever the character set: TiDB refuses to join latin1 with gbk.
  if (SHORT.has(type)) return `HEX(${name})`;
  // CONCAT_WS answers NULL for more than `max_allowed_packet`, and such a row would not count.
  if (LONG.has(type)) return `MD5(${name})`;
  // JSON, VECTOR, and what is new. Without CAST, TiDB cuts a VECTOR(n) to n characters.
  return `MD5(CAST(${name} AS CHAR))`;
}

/** Of backups whose notes were made before. It confuses rows with commas in their values, and fails for some types. */
function rowOfVersion1(columns: readonly ColumnOfTable[]): string {
  const names = columns.map(({ COLUMN_NAME }) => quotedName(COLUMN_NAME));
  const nulls = names.map((name) => `ISNULL(${name})`);
  return `CONCAT_WS(',', ${[...names, `CONCAT(${nulls.join(', ')})`].join(', ')})`;
}

export function quotedTable({ database, table }: TableName): string {
  return `${quotedName(database)}.${quotedName(table)}`;
}
