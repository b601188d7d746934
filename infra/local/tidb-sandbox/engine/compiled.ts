import { notSupported } from '../sql/errors.ts';
import { type Cell, familyOf } from '../storage/cell.ts';
import type { ColumnType } from '../storage/schema.ts';

export type Row = readonly Cell[];

/** An expression with resolved names and known types. `constant` is set if no row is needed. */
export interface Compiled {
  readonly type: ColumnType;
  readonly constant?: Cell;
  evaluate(row: Row): Cell;
}

export const BIGINT: ColumnType = { kind: 'integer', width: 'bigint', unsigned: false, boolean: false };
export const UNSIGNED_BIGINT: ColumnType = { kind: 'integer', width: 'bigint', unsigned: true, boolean: false };
export const NULL_TYPE: ColumnType = { kind: 'binary', length: 0 };
export const TRUE = 1n;
export const FALSE = 0n;

export function constant(type: ColumnType, cell: Cell): Compiled {
  return { type, constant: cell, evaluate: () => cell };
}

/** Three-valued logic as 1, 0 and NULL. */
export function booleanOf(truth: (row: Row) => boolean | null): Compiled {
  return {
    type: BIGINT,
    evaluate: (row) => {
      const value = truth(row);
      return value === null ? null : value ? TRUE : FALSE;
    },
  };
}

/** A number as a condition: true, false, or null for unknown. */
export function truthOf(operand: Compiled): (row: Row) => boolean | null {
  const family = familyOf(operand.type);
  if (operand.constant === null) return () => null;
  if (family !== 'integer' && family !== 'double' && family !== 'decimal') {
    throw notSupported(`${operand.type.kind} as a condition`);
  }
  return (row) => {
    const cell = operand.evaluate(row);
    if (cell === null) return null;
    return typeof cell === 'string' ? /[1-9]/.test(cell) : Number(cell) !== 0;
  };
}
