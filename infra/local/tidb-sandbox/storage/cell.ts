import type { ColumnType } from './schema.ts';

/**
 * A cell's value, interpreted by the column's type: bigint for integers, years and bits, number for float and double, bytes for binary
 * types. Text is as written, also of an enum, a set (its members in order) and a vector; decimal, date, time and JSON are strings in
 * MySQL's output form (`12.50`, `2024-02-29 23:59:59.123456`, UTC for timestamp).
 */
export type Cell = bigint | number | string | Uint8Array | null;

/** How the values of a type compare and are represented. */
export type CellFamily = 'integer' | 'decimal' | 'double' | 'text' | 'bytes' | 'datetime' | 'time' | 'json' | 'vector';

export function familyOf(type: ColumnType): CellFamily {
  switch (type.kind) {
    case 'integer':
    case 'year':
    case 'bit':
      return 'integer';
    case 'decimal':
      return 'decimal';
    case 'float':
    case 'double':
      return 'double';
    case 'char':
    case 'varchar':
    case 'text':
    case 'enum':
    case 'set':
      return 'text';
    case 'binary':
    case 'varbinary':
    case 'blob':
      return 'bytes';
    case 'date':
    case 'datetime':
    case 'timestamp':
      return 'datetime';
    case 'time':
      return 'time';
    case 'json':
      return 'json';
    case 'vector':
      return 'vector';
    default:
      return assertNever(type);
  }
}

export function assertNever(value: never): never {
  throw new Error(`unexpected ${JSON.stringify(value)}`);
}
