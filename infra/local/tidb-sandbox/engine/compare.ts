import { notSupported } from '../sql/errors.ts';
import { type Cell, familyOf } from '../storage/cell.ts';
import { withoutTrailingSpaces } from '../storage/key-codec.ts';
import type { ColumnType } from '../storage/schema.ts';
import { compareDecimals, type Decimal, parseDecimal } from '../types/decimal.ts';
import { microsOfDatetime, microsOfTime, parseDatetime, parseTime } from '../types/temporal.ts';

/** An operand's type, and its value if it is a literal. */
export interface Operand {
  readonly type: ColumnType;
  readonly constant?: Cell;
}

/** Less than, equal to or greater than 0; neither side is NULL. */
type Comparator = (left: Cell, right: Cell) => number;

/** How MySQL compares these two types, decided once; throws 1105 for pairs that the sandbox does not support. */
export function comparatorFor(left: Operand, right: Operand): Comparator {
  if (left.constant === null || right.constant === null) return () => 0;
  const [a, b] = [familyOf(left.type), familyOf(right.type)];
  const numeric = (family: string) => family === 'integer' || family === 'decimal' || family === 'double';
  if (a === 'integer' && b === 'integer') return compareOrdered;
  if (numeric(a) && numeric(b)) {
    return a === 'double' || b === 'double'
      ? (x, y) => compareOrdered(Number(x), Number(y))
      : (x, y) => compareDecimals(decimalOf(x), decimalOf(y));
  }
  if (a === 'text' && b === 'text') return (x, y) => compareText(String(x), String(y));
  if (isBytesOrText(a) && isBytesOrText(b)) return (x, y) => Buffer.compare(bytesOf(x), bytesOf(y));
  if (a === 'datetime' && b === 'datetime') {
    return (x, y) => compareOrdered(microsOfDatetime(String(x)), microsOfDatetime(String(y)));
  }
  if (a === 'time' && b === 'time') return (x, y) => compareOrdered(microsOfTime(String(x)), microsOfTime(String(y)));
  // A literal beside a column is read as the column's type (TiDB, expression/constant refinement).
  if (b === 'text' && right.constant !== undefined) return againstLiteral(left.type, String(right.constant));
  if (a === 'text' && left.constant !== undefined) {
    const compare = againstLiteral(right.type, String(left.constant));
    return (x, y) => -compare(y, x);
  }
  throw notSupported(`comparing ${left.type.kind} with ${right.type.kind}`);
}

function againstLiteral(type: ColumnType, text: string): Comparator {
  switch (familyOf(type)) {
    case 'integer':
    case 'decimal':
    case 'double': {
      const literal = parseDecimal(text);
      if (literal) return (x) => compareDecimals(decimalOf(x), literal);
      break;
    }
    case 'datetime': {
      const literal = parseDatetime(text, 6);
      if (literal) return (x) => compareOrdered(microsOfDatetime(String(x)), microsOfDatetime(literal));
      break;
    }
    case 'time': {
      const literal = parseTime(text, 6);
      if (literal) return (x) => compareOrdered(microsOfTime(String(x)), microsOfTime(literal));
      break;
    }
    case 'text':
    case 'bytes':
    case 'json':
    case 'vector':
      break;
  }
  throw notSupported(`comparing ${type.kind} with '${text}'`);
}

/** The order of ORDER BY, MIN and MAX within one type; NULL comes first. */
export function orderingOf(type: ColumnType): Comparator {
  if (familyOf(type) === 'json') throw notSupported('ordering JSON');
  const compare =
    type.kind === 'enum'
      ? (x: Cell, y: Cell) => type.values.indexOf(String(x)) - type.values.indexOf(String(y))
      : comparatorFor({ type }, { type });
  return (x, y) => {
    if (x === null || y === null) return (x === null ? 0 : 1) - (y === null ? 0 : 1);
    return compare(x, y);
  };
}

/** A text that is equal only for equal values, for GROUP BY and DISTINCT. */
export function groupKey(type: ColumnType, cell: Cell): string {
  if (cell === null) return 'N';
  if (cell instanceof Uint8Array) return `B${bytesOf(cell).toString('base64')}`;
  const text = familyOf(type) === 'text' ? withoutTrailingSpaces(String(cell)) : String(cell);
  return `V${text.length}:${text}`;
}

/** utf8mb4_bin: by code point, ignoring trailing spaces. */
function compareText(left: string, right: string): number {
  const [a, b] = [withoutTrailingSpaces(left), withoutTrailingSpaces(right)];
  if (a === b) return 0;
  const shorter = Math.min(a.length, b.length);
  for (let at = 0; at < shorter; at += 1) {
    const [x, y] = [a.charCodeAt(at), b.charCodeAt(at)];
    if (x !== y) return codePointOrder(x) - codePointOrder(y);
  }
  return a.length - b.length;
}

/** UTF-16 sorts surrogates (code points from 0x10000) before U+E000; code point order sorts them after. */
function codePointOrder(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

function compareOrdered(left: Cell, right: Cell): number {
  if (left === null || right === null) return 0;
  return left < right ? -1 : left > right ? 1 : 0;
}

function decimalOf(cell: Cell): Decimal {
  if (typeof cell === 'bigint') return { unscaled: cell, scale: 0 };
  const value = parseDecimal(String(cell));
  if (!value) throw new Error(`not a number: ${cell}`);
  return value;
}

function bytesOf(cell: Cell): Buffer {
  return cell instanceof Uint8Array
    ? Buffer.from(cell.buffer, cell.byteOffset, cell.byteLength)
    : Buffer.from(String(cell));
}

function isBytesOrText(family: string): boolean {
  return family === 'bytes' || family === 'text';
}
