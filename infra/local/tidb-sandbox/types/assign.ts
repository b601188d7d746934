import { notSupported, SqlError } from '../sql/errors.ts';
import { assertNever, type Cell, familyOf } from '../storage/cell.ts';
import type { ColumnDefinition, ColumnType, IntegerWidth, LobSize } from '../storage/schema.ts';
import { decodeText, encodeText } from './charset.ts';
import { type Decimal, formatDecimal, parseDecimal, rescale } from './decimal.ts';
import { formatDouble } from './double.ts';
import { normalizeJson } from './json.ts';
import { formatDatetime, microsOfDatetime, parseDatetime, parseTime } from './temporal.ts';
import { normalizeVector } from './vector.ts';

/** The target of a value, as errors name it. */
interface Target {
  readonly column: Pick<ColumnDefinition, 'name' | 'type'>;
  /** Row number in the statement, from 1. */
  readonly row: number;
  /** The session's time zone, which a TIMESTAMP is written in. */
  readonly utcOffsetMinutes: number;
}

/** A value from an expression, with the type that interprets it. */
interface TypedCell {
  readonly cell: Cell;
  readonly type: ColumnType;
}

const integerBits: Readonly<Record<IntegerWidth, bigint>> = {
  tinyint: 8n,
  smallint: 16n,
  mediumint: 24n,
  int: 32n,
  bigint: 64n,
};
const lobBytes: Readonly<Record<LobSize, number>> = {
  tiny: 255,
  normal: 65_535,
  medium: 16_777_215,
  long: 4_294_967_295,
};
/** 1970-01-01 00:00:01 to 2038-01-19 03:14:07.999999 UTC. */
const MIN_TIMESTAMP = 1_000_000n;
const MAX_TIMESTAMP = (1n << 31n) * 1_000_000n - 1n;
const MICROS_PER_MINUTE = 60_000_000n;

/**
 * Converts a value to a column's stored form by the rules of strict SQL mode: a value that does not fit is an error. NULL stays NULL.
 * Throws 1264, 1265, 1292, 1366, 1406 or 3140 as TiDB does; 1105 for unsupported conversions.
 */
export function assign({ cell, type }: TypedCell, target: Target): Cell {
  if (cell === null) return null;
  const to = target.column.type;
  const refuse = () => notSupported(`storing ${type.kind} in ${to.kind} column '${target.column.name}'`);
  switch (to.kind) {
    case 'integer':
      return assignInteger(cell, type, to, target);
    case 'year':
      return assignYear(cell, target);
    case 'decimal':
      return assignDecimal(cell, type, to, target);
    case 'float':
    case 'double':
      return assignDouble(cell, type, to, target);
    case 'char':
    case 'varchar':
    case 'text':
      return assignText(cell, type, to, target);
    case 'enum':
      return assignEnum(cell, to.values, target);
    case 'set':
      return assignSet(cell, to.values, target);
    case 'bit':
      return assignBit(cell, type, to.length, target);
    case 'vector':
      if (familyOf(type) === 'vector') return normalizeVector(String(cell), to.dimensions);
      if (familyOf(type) !== 'text') throw refuse();
      return normalizeVector(String(cell), to.dimensions);
    case 'binary':
    case 'varbinary':
    case 'blob':
      return assignBytes(cell, type, to, target);
    case 'date':
      return datetimeText(cell, type, 0, target, refuse).slice(0, 10);
    case 'datetime':
      return datetimeText(cell, type, to.fsp, target, refuse);
    case 'timestamp':
      return assignTimestamp(datetimeText(cell, type, to.fsp, target, refuse), to.fsp, target);
    case 'time': {
      const isTime = familyOf(type) === 'time' || familyOf(type) === 'text' || familyOf(type) === 'integer';
      if (!isTime) throw refuse();
      return parseTime(String(cell), to.fsp) ?? incorrect(target, 'time', cell);
    }
    case 'json':
      if (familyOf(type) === 'json') return cell;
      if (typeof cell !== 'string' || familyOf(type) !== 'text') throw refuse();
      return normalizeJson(cell);
    default:
      return assertNever(to);
  }
}

/** 1264 */
function outOfRange({ column, row }: Target): SqlError {
  return new SqlError(1264, `Out of range value for column '${column.name}' at row ${row}`);
}

/** 1292 for dates and times, 1366 for numbers and text. */
function incorrect({ column, row }: Target, what: string, cell: Cell): never {
  const isTemporal = what === 'date' || what === 'datetime' || what === 'time';
  const shown = cell instanceof Uint8Array ? Buffer.from(cell).toString('latin1') : String(cell);
  throw new SqlError(
    isTemporal ? 1292 : 1366,
    `Incorrect ${what} value: '${shown}' for column '${column.name}' at row ${row}`,
  );
}

function tooLong({ column, row }: Target): SqlError {
  return new SqlError(1406, `Data too long for column '${column.name}' at row ${row}`);
}

/** The number that a value represents; `undefined` if none. */
function numberOf(cell: Cell, type: ColumnType): Decimal | undefined {
  if (typeof cell === 'bigint') return { unscaled: cell, scale: 0 };
  if (typeof cell === 'number') return parseDecimal(String(cell));
  const family = familyOf(type);
  return typeof cell === 'string' && (family === 'decimal' || family === 'text') ? parseDecimal(cell) : undefined;
}

function assignInteger(
  cell: Cell,
  type: ColumnType,
  to: Extract<ColumnType, { kind: 'integer' }>,
  target: Target,
): bigint {
  const number = numberOf(cell, type) ?? incorrect(target, 'integer', cell);
  const value = rescale(number, 0).unscaled;
  const bits = integerBits[to.width];
  const [min, max] = to.unsigned ? [0n, (1n << bits) - 1n] : [-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n];
  if (value < min || value > max) throw outOfRange(target);
  return value;
}

/** 1901 to 2155 and 0; two digits are 1970 to 2069 (MySQL, two-digit years). */
function assignYear(cell: Cell, target: Target): bigint {
  const text = String(cell);
  if (!/^\d{1,4}$/.test(text)) throw outOfRange(target);
  const year = Number(text);
  const isZero = year === 0 && (typeof cell === 'bigint' || text === '0000');
  const isShort = text.length <= 2 && !isZero;
  const full = isShort ? year + (year < 70 ? 2000 : 1900) : year;
  if (!isZero && (full < 1901 || full > 2155)) throw outOfRange(target);
  return BigInt(full);
}

function assignDecimal(
  cell: Cell,
  type: ColumnType,
  to: Extract<ColumnType, { kind: 'decimal' }>,
  target: Target,
): string {
  const number = numberOf(cell, type) ?? incorrect(target, 'decimal', cell);
  const value = rescale(number, to.scale);
  const limit = 10n ** BigInt(to.precision);
  if (value.unscaled >= limit || value.unscaled <= -limit || (to.unsigned && value.unscaled < 0n))
    throw outOfRange(target);
  return formatDecimal(value);
}

function assignDouble(cell: Cell, type: ColumnType, to: ColumnType, target: Target): number {
  const number = typeof cell === 'number' ? cell : Number(numberText(cell, type, target));
  const value = to.kind === 'float' ? Math.fround(number) : number;
  if (!Number.isFinite(value)) throw outOfRange(target);
  // Turns −0 into 0: they are equal, so their keys have to be.
  return value === 0 ? 0 : value;
}

function numberText(cell: Cell, type: ColumnType, target: Target): string {
  return numberOf(cell, type) ? String(cell) : incorrect(target, 'double', cell);
}

function assignText(
  cell: Cell,
  type: ColumnType,
  to: Extract<ColumnType, { kind: 'char' | 'varchar' | 'text' }>,
  target: Target,
): string {
  const text = textOfCell(cell, type, target);
  if (encodeText(text, to.charset) === undefined) throw notInCharset(text, target);
  if (to.kind === 'text') {
    if (Buffer.byteLength(text) > lobBytes[to.size]) throw tooLong(target);
    return text;
  }
  // CHAR drops trailing spaces; in both types, spaces beyond the length are no error (MySQL, CHAR and VARCHAR).
  const kept = to.kind === 'char' ? text.replace(/ +$/, '') : text;
  if (kept.length <= to.length) return kept;
  const characters = [...kept];
  if (characters.slice(to.length).some((character) => character !== ' ')) throw tooLong(target);
  return characters.slice(0, to.length).join('');
}

function textOfCell(cell: Cell, type: ColumnType, target: Target): string {
  if (typeof cell === 'string') return cell;
  if (typeof cell === 'number') return formatDouble(cell);
  if (typeof cell === 'bigint') return cell.toString();
  if (!(cell instanceof Uint8Array)) throw notSupported(`storing ${type.kind} as text`);
  const to = target.column.type;
  const text = decodeText(cell, 'charset' in to ? to.charset : undefined);
  // TiDB accepts any bytes as latin1; here it must be text.
  if (text === undefined && 'charset' in to && to.charset === 'latin1') throw notSupported('latin1 that is not UTF-8');
  return text ?? incorrect(target, 'string', cell);
}

function notInCharset(text: string, { column }: Target): SqlError {
  const bytes = [...Buffer.from(text)].map((byte) => `\\x${byte.toString(16).toUpperCase().padStart(2, '0')}`);
  return new SqlError(1366, `Incorrect string value '${bytes.join('')}' for column '${column.name}'`);
}

function assignEnum(cell: Cell, values: readonly string[], { column, row }: Target): string {
  // A number is a position, from 1.
  const value = typeof cell === 'bigint' ? values[Number(cell) - 1] : values.find((member) => member === cell);
  if (value === undefined) throw new SqlError(1265, `Data truncated for column '${column.name}' at row ${row}`);
  return value;
}

/** Members in the column's order, without repeats; a number is a bit mask. */
function assignSet(cell: Cell, values: readonly string[], { column, row }: Target): string {
  const wanted = typeof cell === 'string' && cell !== '' ? cell.split(',') : [];
  const mask = typeof cell === 'bigint' ? cell : 0n;
  const isKnown = wanted.every((member) => values.includes(member)) && mask < 1n << BigInt(values.length);
  if (!isKnown) throw new SqlError(1265, `Data truncated for column '${column.name}' at row ${row}`);
  return values.filter((value, at) => wanted.includes(value) || (mask >> BigInt(at)) & 1n).join(',');
}

function assignBit(cell: Cell, type: ColumnType, length: number, target: Target): bigint {
  const value =
    cell instanceof Uint8Array
      ? BigInt(`0x0${Buffer.from(cell).toString('hex')}`)
      : (numberOf(cell, type)?.unscaled ?? incorrect(target, 'bit', cell));
  if (value < 0n || value >= 1n << BigInt(length)) throw tooLong(target);
  return value;
}

function assignBytes(
  cell: Cell,
  type: ColumnType,
  to: Extract<ColumnType, { kind: 'binary' | 'varbinary' | 'blob' }>,
  target: Target,
): Uint8Array {
  const bytes = cell instanceof Uint8Array ? cell : Buffer.from(textOfCell(cell, type, target));
  const limit = to.kind === 'blob' ? lobBytes[to.size] : to.length;
  if (bytes.length > limit) throw tooLong(target);
  // BINARY(n) is padded with zero bytes.
  return to.kind === 'binary' ? Buffer.concat([bytes, Buffer.alloc(limit - bytes.length)]) : bytes;
}

function datetimeText(cell: Cell, type: ColumnType, fsp: number, target: Target, refuse: () => SqlError): string {
  const family = familyOf(type);
  if (family !== 'datetime' && family !== 'text' && family !== 'integer') throw refuse();
  const what = target.column.type.kind === 'date' ? 'date' : 'datetime';
  return parseDatetime(String(cell), fsp) ?? incorrect(target, what, cell);
}

function assignTimestamp(local: string, fsp: number, target: Target): string {
  const micros = microsOfDatetime(local) - BigInt(target.utcOffsetMinutes) * MICROS_PER_MINUTE;
  if (micros < MIN_TIMESTAMP || micros > MAX_TIMESTAMP) return incorrect(target, 'datetime', local);
  return formatDatetime(micros, fsp);
}

/** A stored TIMESTAMP (UTC) in the session's time zone. */
export function timestampToLocal(utc: string, fsp: number, utcOffsetMinutes: number): string {
  if (utcOffsetMinutes === 0) return utc;
  return formatDatetime(microsOfDatetime(utc) + BigInt(utcOffsetMinutes) * MICROS_PER_MINUTE, fsp);
}
