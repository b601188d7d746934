import type { ColumnType, IntegerWidth, LobSize } from '../storage/schema.ts';
import { notSupported, SqlError } from './errors.ts';
import type { StatementCursor } from './statement-cursor.ts';

/** TiDB's limits of DECIMAL. */
const MAX_DECIMAL_PRECISION = 65;
const MAX_DECIMAL_SCALE = 30;
const MAX_FSP = 6;
const MAX_BITS = 64;

const integerWidths: Readonly<Record<string, IntegerWidth>> = {
  TINYINT: 'tinyint',
  SMALLINT: 'smallint',
  MEDIUMINT: 'mediumint',
  INT: 'int',
  INTEGER: 'int',
  BIGINT: 'bigint',
};

const lobs: Readonly<Record<string, { kind: 'text' | 'blob'; size: LobSize }>> = {
  TINYTEXT: { kind: 'text', size: 'tiny' },
  TEXT: { kind: 'text', size: 'normal' },
  MEDIUMTEXT: { kind: 'text', size: 'medium' },
  LONGTEXT: { kind: 'text', size: 'long' },
  TINYBLOB: { kind: 'blob', size: 'tiny' },
  BLOB: { kind: 'blob', size: 'normal' },
  MEDIUMBLOB: { kind: 'blob', size: 'medium' },
  LONGBLOB: { kind: 'blob', size: 'long' },
};

/** A column's type; throws 1105 for unsupported ones. */
export function parseType(cursor: StatementCursor): ColumnType {
  const word = cursor.word();
  const width = integerWidths[word];
  if (width) {
    // A display width is accepted and ignored (deprecated in MySQL 8), but BOOLEAN is shown as tinyint(1).
    const display = optionalLength(cursor);
    const unsigned = parseUnsigned(cursor);
    return { kind: 'integer', width, unsigned, boolean: width === 'tinyint' && display === 1 && !unsigned };
  }
  const lob = lobs[word];
  if (lob) {
    optionalLength(cursor);
    return lob;
  }
  switch (word) {
    case 'BOOL':
    case 'BOOLEAN':
      return { kind: 'integer', width: 'tinyint', unsigned: false, boolean: true };
    case 'DECIMAL':
    case 'NUMERIC':
      return parseDecimalType(cursor);
    case 'FLOAT':
    case 'DOUBLE':
    case 'REAL':
      cursor.acceptWords('PRECISION');
      if (cursor.atSymbol('(')) throw notSupported(`${word} with a precision`);
      if (parseUnsigned(cursor)) throw notSupported(`${word} UNSIGNED`);
      return { kind: word === 'FLOAT' ? 'float' : 'double' };
    case 'CHAR':
    case 'CHARACTER':
      return { kind: 'char', length: optionalLength(cursor) ?? 1 };
    case 'VARCHAR':
      return { kind: 'varchar', length: length(cursor) };
    case 'BINARY':
      return { kind: 'binary', length: optionalLength(cursor) ?? 1 };
    case 'VARBINARY':
      return { kind: 'varbinary', length: length(cursor) };
    case 'DATE':
      return { kind: 'date' };
    case 'DATETIME':
      return { kind: 'datetime', fsp: fsp(cursor) };
    case 'TIMESTAMP':
      return { kind: 'timestamp', fsp: fsp(cursor) };
    case 'TIME':
      return { kind: 'time', fsp: fsp(cursor) };
    case 'YEAR':
      optionalLength(cursor);
      return { kind: 'year' };
    case 'JSON':
      return { kind: 'json' };
    case 'ENUM':
      return { kind: 'enum', values: cursor.parenthesized(() => cursor.list(() => cursor.expectString())) };
    case 'SET':
      return { kind: 'set', values: cursor.parenthesized(() => cursor.list(() => cursor.expectString())) };
    case 'BIT':
      return bitType(optionalLength(cursor) ?? 1);
    case 'VECTOR': {
      const dimensions = optionalLength(cursor);
      return { kind: 'vector', ...(dimensions !== undefined && { dimensions }) };
    }
    default:
      throw notSupported(`type ${word}`);
  }
}

function bitType(length: number): ColumnType {
  if (length < 1 || length > MAX_BITS) {
    throw new SqlError(1439, `Display width out of range for column (max = ${MAX_BITS})`);
  }
  return { kind: 'bit', length };
}

function parseDecimalType(cursor: StatementCursor): ColumnType {
  const [precision, scale] = cursor.atSymbol('(')
    ? cursor.parenthesized(() => cursor.list(() => Number(cursor.expectInteger())))
    : [10, 0];
  const type = { kind: 'decimal', precision: precision || 10, scale: scale ?? 0 } as const;
  if (type.scale > MAX_DECIMAL_SCALE || type.precision > MAX_DECIMAL_PRECISION || type.scale > type.precision) {
    throw new SqlError(
      1426,
      `Too big precision ${type.precision} or scale ${type.scale} specified. Maximum is 65 and 30.`,
    );
  }
  return { ...type, unsigned: parseUnsigned(cursor) };
}

function parseUnsigned(cursor: StatementCursor): boolean {
  if (cursor.atWords('ZEROFILL')) throw notSupported('ZEROFILL');
  return cursor.acceptOneOf('UNSIGNED', 'SIGNED') === 'UNSIGNED';
}

function optionalLength(cursor: StatementCursor): number | undefined {
  return cursor.atSymbol('(') ? length(cursor) : undefined;
}

function length(cursor: StatementCursor): number {
  return cursor.parenthesized(() => Number(cursor.expectInteger()));
}

function fsp(cursor: StatementCursor): number {
  const digits = optionalLength(cursor) ?? 0;
  if (digits > MAX_FSP) throw new SqlError(1426, `Too-big precision ${digits} specified. Maximum is ${MAX_FSP}.`);
  return digits;
}
