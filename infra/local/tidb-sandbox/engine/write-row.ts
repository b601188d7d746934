import type { Expression } from '../sql/ast.ts';
import { SqlError } from '../sql/errors.ts';
import { assertNever, type Cell } from '../storage/cell.ts';
import { encodeRowId, indexKey } from '../storage/key-codec.ts';
import { encodeRow, fromStored } from '../storage/row-codec.ts';
import type { ColumnDefinition, TableInfo } from '../storage/schema.ts';
import type { Transaction } from '../storage/transaction.ts';
import { assign } from '../types/assign.ts';
import { compile, type Scope } from './compile.ts';
import type { Row } from './compiled.ts';
import { localNow } from './functions.ts';
import type { Session } from './session.ts';

/** Evaluates `expression` for `row` and converts it to the column's stored form. `number` counts the statement's rows from 1. */
export function valueFor(
  column: ColumnDefinition,
  expression: Expression,
  scope: Scope,
  row: Row,
  number: number,
): Cell {
  if (expression.kind === 'default') return defaultFor(column, scope.session, number);
  const compiled = compile(expression, scope);
  const { utcOffsetMinutes } = scope.session;
  return assign({ cell: compiled.evaluate(row), type: compiled.type }, { column, row: number, utcOffsetMinutes });
}

/** The column's DEFAULT; throws 1364 if it has none. */
export function defaultFor(column: ColumnDefinition, session: Session, number: number): Cell {
  const { default: value, type } = column;
  switch (value.kind) {
    case 'none':
      if (column.nullable || column.autoIncrement) return null;
      throw new SqlError(1364, `Field '${column.name}' doesn't have a default value`);
    case 'value':
      return fromStored(type, value.value);
    case 'now':
      return nowFor(column, session, number);
    default:
      return assertNever(value);
  }
}

/** CURRENT_TIMESTAMP in the column's stored form. */
export function nowFor(column: ColumnDefinition, session: Session, number: number): Cell {
  const { utcOffsetMinutes } = session;
  const type = { kind: 'datetime', fsp: 6 } as const;
  return assign({ cell: localNow(session, 6), type }, { column, row: number, utcOffsetMinutes });
}

/** Throws 1048 for NULL in a NOT NULL column. */
export function checkNulls(table: TableInfo, row: Row): void {
  const wrong = table.definition.columns.find((column, at) => !column.nullable && (row[at] ?? null) === null);
  if (wrong) throw new SqlError(1048, `Column '${wrong.name}' cannot be null`);
}

/** The clustered key of a row; `undefined` if rows have a hidden row id. */
export function clusteredKey(table: TableInfo, row: Row): Uint8Array | undefined {
  if (!table.definition.clustered) return undefined;
  const primary = table.definition.indexes.find((index) => index.name === 'PRIMARY');
  return primary && indexKey(table.definition, primary, row);
}

export function rowIdKey(rowId: bigint): Uint8Array {
  return encodeRowId(rowId);
}

/** Stands for a missing row. */
export function insertRow(transaction: Transaction, table: TableInfo, key: Uint8Array, row: Row): void {
  transaction.insert(table, key, encodeRow(table.definition.columns, row), row);
}

export function putRow(transaction: Transaction, table: TableInfo, key: Uint8Array, row: Row): void {
  transaction.put(table, key, encodeRow(table.definition.columns, row), row);
}
