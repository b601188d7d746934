import type { BinaryOperator } from '../sql/ast.ts';
import { notSupported, SqlError } from '../sql/errors.ts';
import { assertNever, type Cell, familyOf } from '../storage/cell.ts';
import type { ColumnType } from '../storage/schema.ts';
import { type Decimal, divideRounded, formatDecimal, parseDecimal, rescale } from '../types/decimal.ts';
import type { Compiled } from './compiled.ts';

type ArithmeticOperator = Extract<BinaryOperator, '+' | '-' | '*' | '/' | 'DIV' | '%'>;

/** `div_precision_increment`: a quotient has this many digits more than the dividend. */
const DIVISION_DIGITS = 4;
const MAX_SCALE = 30;
const MAX_PRECISION = 65;
const MIN_SIGNED = -(1n << 63n);
const MAX_SIGNED = (1n << 63n) - 1n;
const MAX_UNSIGNED = (1n << 64n) - 1n;

const operators: ReadonlySet<string> = new Set<ArithmeticOperator>(['+', '-', '*', '/', 'DIV', '%']);

export function isArithmetic(operator: BinaryOperator): operator is ArithmeticOperator {
  return operators.has(operator);
}

/** Exact for integers and decimals; throws 1690 if a BIGINT overflows; NULL for a division by zero. */
export function compileArithmetic(operator: ArithmeticOperator, left: Compiled, right: Compiled): Compiled {
  requireNumber(left);
  requireNumber(right);
  const [a, b] = [familyOf(left.type), familyOf(right.type)];
  const both = (compute: (x: Cell, y: Cell) => Cell) => (row: readonly Cell[]) => {
    const [x, y] = [left.evaluate(row), right.evaluate(row)];
    return x === null || y === null ? null : compute(x, y);
  };
  if (a === 'double' || b === 'double') {
    return { type: { kind: 'double' }, evaluate: both((x, y) => computeDouble(operator, Number(x), Number(y))) };
  }
  if (a === 'integer' && b === 'integer' && operator !== '/') {
    const unsigned = isUnsigned(left.type) || isUnsigned(right.type);
    const type: ColumnType = { kind: 'integer', width: 'bigint', unsigned, boolean: false };
    return { type, evaluate: both((x, y) => computeInteger(operator, BigInt(String(x)), BigInt(String(y)), unsigned)) };
  }
  const scale = resultScale(operator, scaleOf(left.type), scaleOf(right.type));
  return {
    type: { kind: 'decimal', precision: MAX_PRECISION, scale, unsigned: false },
    evaluate: both((x, y) => computeDecimal(operator, decimalOf(x), decimalOf(y), scale)),
  };
}

export function negate(operand: Compiled): Compiled {
  const zero: Compiled = {
    type: { kind: 'integer', width: 'tinyint', unsigned: false, boolean: false },
    evaluate: () => 0n,
  };
  return compileArithmetic('-', zero, operand);
}

function requireNumber(operand: Compiled): void {
  const family = familyOf(operand.type);
  const isNumber = family === 'integer' || family === 'decimal' || family === 'double';
  if (!isNumber && operand.constant !== null) throw notSupported(`arithmetic on ${operand.type.kind}`);
}

function computeInteger(
  operator: Exclude<ArithmeticOperator, '/'> | '/',
  x: bigint,
  y: bigint,
  unsigned: boolean,
): Cell {
  if ((operator === 'DIV' || operator === '%') && y === 0n) return null;
  const value = integerResult(operator, x, y);
  const [min, max] = unsigned ? [0n, MAX_UNSIGNED] : [MIN_SIGNED, MAX_SIGNED];
  if (value < min || value > max) {
    const name = unsigned ? 'BIGINT UNSIGNED' : 'BIGINT';
    throw new SqlError(1690, `${name} value is out of range in '(${x} ${operator} ${y})'`);
  }
  return value;
}

function integerResult(operator: ArithmeticOperator, x: bigint, y: bigint): bigint {
  switch (operator) {
    case '+':
      return x + y;
    case '-':
      return x - y;
    case '*':
      return x * y;
    case 'DIV':
      return x / y;
    case '%':
      return x % y;
    case '/':
      throw new Error('a quotient of integers is a decimal');
    default:
      return assertNever(operator);
  }
}

function computeDecimal(operator: ArithmeticOperator, x: Decimal, y: Decimal, scale: number): Cell {
  const common = Math.max(x.scale, y.scale);
  const [a, b] = [rescale(x, common).unscaled, rescale(y, common).unscaled];
  switch (operator) {
    case '+':
      return formatDecimal(rescale({ unscaled: a + b, scale: common }, scale));
    case '-':
      return formatDecimal(rescale({ unscaled: a - b, scale: common }, scale));
    case '*':
      return formatDecimal(rescale({ unscaled: x.unscaled * y.unscaled, scale: x.scale + y.scale }, scale));
    case '/':
      return b === 0n ? null : formatDecimal({ unscaled: divideRounded(a * 10n ** BigInt(scale), b), scale });
    case '%':
      return b === 0n ? null : formatDecimal(rescale({ unscaled: a % b, scale: common }, scale));
    case 'DIV':
      return b === 0n ? null : formatDecimal({ unscaled: a / b, scale: 0 });
    default:
      return assertNever(operator);
  }
}

function computeDouble(operator: ArithmeticOperator, x: number, y: number): Cell {
  switch (operator) {
    case '+':
      return finite(x + y);
    case '-':
      return finite(x - y);
    case '*':
      return finite(x * y);
    case '/':
      return y === 0 ? null : finite(x / y);
    case '%':
      return y === 0 ? null : x % y;
    case 'DIV':
      throw notSupported('DIV of doubles');
    default:
      return assertNever(operator);
  }
}

function finite(value: number): number {
  if (!Number.isFinite(value)) throw new SqlError(1690, 'DOUBLE value is out of range');
  return value;
}

function resultScale(operator: ArithmeticOperator, left: number, right: number): number {
  switch (operator) {
    case '+':
    case '-':
    case '%':
      return Math.max(left, right);
    case '*':
      return Math.min(left + right, MAX_SCALE);
    case '/':
      return Math.min(left + DIVISION_DIGITS, MAX_SCALE);
    case 'DIV':
      return 0;
    default:
      return assertNever(operator);
  }
}

function scaleOf(type: ColumnType): number {
  return type.kind === 'decimal' ? type.scale : 0;
}

function isUnsigned(type: ColumnType): boolean {
  return type.kind === 'integer' && type.unsigned;
}

function decimalOf(cell: Cell): Decimal {
  const value = parseDecimal(String(cell));
  if (!value) throw new Error(`not a number: ${cell}`);
  return value;
}
