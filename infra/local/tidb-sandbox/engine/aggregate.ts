import type { AggregateName } from '../sql/ast.ts';
import { notSupported } from '../sql/errors.ts';
import { assertNever, type Cell, familyOf } from '../storage/cell.ts';
import type { ColumnType } from '../storage/schema.ts';
import { type Decimal, divideRounded, formatDecimal, parseDecimal, rescale } from '../types/decimal.ts';
import { groupKey, orderingOf } from './compare.ts';
import { BIGINT, type Compiled, type Row } from './compiled.ts';

/** One aggregate of one group. */
interface Accumulator {
  add(row: Row): void;
  result(): Cell;
}

export interface Aggregate {
  readonly type: ColumnType;
  start(): Accumulator;
}

const MAX_PRECISION = 65;
/** AVG has this many digits more than its argument (`div_precision_increment`). */
const AVERAGE_DIGITS = 4;
const MAX_SCALE = 30;

/** All of them skip NULLs; COUNT(*) has no `argument`. */
export function compileAggregate(name: AggregateName, argument: Compiled | undefined, distinct: boolean): Aggregate {
  if (!argument) return { type: BIGINT, start: countRows };
  const aggregate = plainAggregate(name, argument);
  return distinct ? { type: aggregate.type, start: () => withoutRepeats(argument, aggregate.start()) } : aggregate;
}

function plainAggregate(name: AggregateName, argument: Compiled): Aggregate {
  switch (name) {
    case 'COUNT':
      return { type: BIGINT, start: () => countValues(argument) };
    case 'SUM':
    case 'AVG':
      return sumOrAverage(name, argument);
    case 'MIN':
    case 'MAX':
      return extreme(name, argument);
    default:
      return assertNever(name);
  }
}

function countRows(): Accumulator {
  let count = 0n;
  return {
    add: () => {
      count += 1n;
    },
    result: () => count,
  };
}

function countValues(argument: Compiled): Accumulator {
  let count = 0n;
  return {
    add: (row) => {
      if (argument.evaluate(row) !== null) count += 1n;
    },
    result: () => count,
  };
}

function withoutRepeats(argument: Compiled, inner: Accumulator): Accumulator {
  const seen = new Set<string>();
  return {
    add: (row) => {
      const key = groupKey(argument.type, argument.evaluate(row));
      if (seen.has(key)) return;
      seen.add(key);
      inner.add(row);
    },
    result: () => inner.result(),
  };
}

function extreme(name: 'MIN' | 'MAX', argument: Compiled): Aggregate {
  if (argument.type.kind === 'enum') throw notSupported(`${name} of an enum`);
  const compare = orderingOf(argument.type);
  const sign = name === 'MIN' ? -1 : 1;
  return {
    type: argument.type,
    start: () => {
      let best: Cell = null;
      return {
        add: (row) => {
          const cell = argument.evaluate(row);
          if (cell !== null && (best === null || sign * compare(cell, best) > 0)) best = cell;
        },
        result: () => best,
      };
    },
  };
}

function sumOrAverage(name: 'SUM' | 'AVG', argument: Compiled): Aggregate {
  const family = familyOf(argument.type);
  if (family === 'double') return { type: { kind: 'double' }, start: () => doubleSum(name, argument) };
  if (family !== 'integer' && family !== 'decimal') throw notSupported(`${name} of ${argument.type.kind}`);
  const inner = argument.type.kind === 'decimal' ? argument.type.scale : 0;
  const scale = name === 'AVG' ? Math.min(inner + AVERAGE_DIGITS, MAX_SCALE) : inner;
  return {
    type: { kind: 'decimal', precision: MAX_PRECISION, scale, unsigned: false },
    start: () => exactSum(name, argument, inner, scale),
  };
}

function exactSum(name: 'SUM' | 'AVG', argument: Compiled, inner: number, scale: number): Accumulator {
  let sum = 0n;
  let count = 0n;
  return {
    add: (row) => {
      const cell = argument.evaluate(row);
      if (cell === null) return;
      sum += rescale(decimalOf(cell), inner).unscaled;
      count += 1n;
    },
    result: () => {
      if (count === 0n) return null;
      const scaled = sum * 10n ** BigInt(scale - inner);
      return formatDecimal({ unscaled: name === 'AVG' ? divideRounded(scaled, count) : scaled, scale });
    },
  };
}

function doubleSum(name: 'SUM' | 'AVG', argument: Compiled): Accumulator {
  let sum = 0;
  let count = 0;
  return {
    add: (row) => {
      const cell = argument.evaluate(row);
      if (cell === null) return;
      sum += Number(cell);
      count += 1;
    },
    result: () => (count === 0 ? null : name === 'AVG' ? sum / count : sum),
  };
}

function decimalOf(cell: Exclude<Cell, null>): Decimal {
  const value = parseDecimal(String(cell));
  if (!value) throw new Error(`not a number: ${cell}`);
  return value;
}
