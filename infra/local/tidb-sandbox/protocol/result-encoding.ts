import type { ResultColumn } from '../sql/result-set.ts';
import { assertNever, type Cell } from '../storage/cell.ts';
import type { ColumnType, IntegerWidth, LobSize } from '../storage/schema.ts';
import { bitBytes } from '../types/bits.ts';
import { formatDouble, formatFloat } from '../types/double.ts';
import { datePartsOf, microsOfTime } from '../types/temporal.ts';
import { BINARY, columnFlag, fieldType, UTF8MB4_BIN } from './constants.ts';
import { PayloadWriter } from './payload.ts';

/** How a type is described to the client. */
interface WireType {
  readonly code: number;
  readonly collation: number;
  /** In bytes: the display width of numbers. */
  readonly length: number;
  readonly flags: number;
  readonly decimals: number;
}

const BYTES_PER_CHARACTER = 4;
/** `decimals` of a double without fixed digits. */
const NOT_FIXED = 31;
const integerCodes: Readonly<Record<IntegerWidth, number>> = {
  tinyint: fieldType.tiny,
  smallint: fieldType.short,
  mediumint: fieldType.int24,
  int: fieldType.long,
  bigint: fieldType.longlong,
};
const integerLengths: Readonly<Record<IntegerWidth, number>> = {
  tinyint: 4,
  smallint: 6,
  mediumint: 9,
  int: 11,
  bigint: 20,
};
const lobLengths: Readonly<Record<LobSize, number>> = {
  tiny: 255,
  normal: 65_535,
  medium: 16_777_215,
  long: 4_294_967_295,
};

function wireType(type: ColumnType): WireType {
  const number = { collation: BINARY, flags: columnFlag.binary, decimals: 0 };
  const text = { collation: UTF8MB4_BIN, flags: 0, decimals: 0 };
  switch (type.kind) {
    case 'integer': {
      const flags = columnFlag.binary | (type.unsigned ? columnFlag.unsigned : 0);
      return {
        ...number,
        flags,
        code: integerCodes[type.width],
        length: type.boolean ? 1 : integerLengths[type.width],
      };
    }
    case 'decimal': {
      const flags = columnFlag.binary | (type.unsigned ? columnFlag.unsigned : 0);
      return { ...number, flags, code: fieldType.newDecimal, length: type.precision + 2, decimals: type.scale };
    }
    case 'float':
      return { ...number, code: fieldType.float, length: 12, decimals: NOT_FIXED };
    case 'double':
      return { ...number, code: fieldType.double, length: 22, decimals: NOT_FIXED };
    case 'char':
      return { ...text, code: fieldType.string, length: type.length * BYTES_PER_CHARACTER };
    case 'varchar':
      return { ...text, code: fieldType.varString, length: type.length * BYTES_PER_CHARACTER };
    case 'enum':
      return { ...text, code: fieldType.string, length: 255, flags: columnFlag.enum };
    case 'set':
      return { ...text, code: fieldType.string, length: 255, flags: columnFlag.set };
    case 'bit':
      return { ...number, code: fieldType.bit, length: type.length, flags: columnFlag.unsigned };
    case 'vector':
      return { ...text, code: fieldType.longBlob, length: lobLengths.long };
    case 'text':
      return { ...text, code: fieldType.blob, length: lobLengths[type.size], flags: columnFlag.blob };
    case 'binary':
      return { ...number, code: fieldType.string, length: type.length };
    case 'varbinary':
      return { ...number, code: fieldType.varString, length: type.length };
    case 'blob': {
      const flags = columnFlag.blob | columnFlag.binary;
      return { ...number, code: fieldType.blob, length: lobLengths[type.size], flags };
    }
    case 'date':
      return { ...number, code: fieldType.date, length: 10 };
    case 'datetime':
      return { ...number, code: fieldType.datetime, length: withFraction(19, type.fsp), decimals: type.fsp };
    case 'timestamp': {
      const flags = columnFlag.binary | columnFlag.timestamp;
      return { ...number, flags, code: fieldType.timestamp, length: withFraction(19, type.fsp), decimals: type.fsp };
    }
    case 'time':
      return { ...number, code: fieldType.time, length: withFraction(10, type.fsp), decimals: type.fsp };
    case 'year':
      return { ...number, code: fieldType.year, length: 4, flags: columnFlag.binary | columnFlag.unsigned };
    case 'json':
      return { ...text, code: fieldType.json, length: lobLengths.long, flags: columnFlag.blob | columnFlag.binary };
    default:
      return assertNever(type);
  }
}

function withFraction(length: number, fsp: number): number {
  return fsp === 0 ? length : length + 1 + fsp;
}

/** Column definition 41. */
export function encodeColumn(column: ResultColumn): Buffer {
  const type = wireType(column.type);
  return new PayloadWriter()
    .lengthEncoded('def')
    .lengthEncoded(column.origin?.database ?? '')
    .lengthEncoded(column.origin?.alias ?? '')
    .lengthEncoded(column.origin?.table ?? '')
    .lengthEncoded(column.name)
    .lengthEncoded(column.origin?.column ?? '')
    .uint8(0x0c)
    .uint16(type.collation)
    .uint32(type.length)
    .uint8(type.code)
    .uint16(type.flags | (column.origin ? keyFlags(column.origin) : 0))
    .uint8(type.decimals)
    .uint16(0)
    .take();
}

function keyFlags(origin: NonNullable<ResultColumn['origin']>): number {
  return (
    (origin.nullable ? 0 : columnFlag.notNull) |
    (origin.autoIncrement ? columnFlag.autoIncrement : 0) |
    (origin.key === 'PRI' ? columnFlag.primaryKey : 0) |
    (origin.key === 'UNI' ? columnFlag.uniqueKey : 0) |
    (origin.key === 'MUL' ? columnFlag.multipleKey : 0)
  );
}

/** Text protocol: each cell as its characters. */
export function encodeTextRow(columns: readonly ResultColumn[], row: readonly Cell[], writer: PayloadWriter): Buffer {
  columns.forEach(({ type }, at) => {
    const cell = row[at] ?? null;
    if (cell === null) writer.uint8(0xfb);
    else writer.lengthEncoded(textOf(type, cell));
  });
  return writer.take();
}

function textOf(type: ColumnType, cell: Exclude<Cell, null>): string | Uint8Array {
  if (cell instanceof Uint8Array) return cell;
  if (typeof cell === 'number') return type.kind === 'float' ? formatFloat(cell) : formatDouble(cell);
  if (type.kind === 'bit') return bitBytes(BigInt(String(cell)), type.length);
  if (type.kind === 'year') return String(cell).padStart(4, '0');
  return String(cell);
}

/** Binary protocol, of executed prepared statements. */
export function encodeBinaryRow(columns: readonly ResultColumn[], row: readonly Cell[], writer: PayloadWriter): Buffer {
  const NULL_BITMAP_OFFSET = 2;
  const nulls = Buffer.alloc(Math.floor((columns.length + 7 + NULL_BITMAP_OFFSET) / 8));
  columns.forEach((_, at) => {
    const bit = at + NULL_BITMAP_OFFSET;
    if ((row[at] ?? null) === null) nulls[bit >> 3] = (nulls[bit >> 3] ?? 0) | (1 << (bit & 7));
  });
  writer.uint8(0).raw(nulls);
  columns.forEach(({ type }, at) => {
    const cell = row[at] ?? null;
    if (cell !== null) writeBinary(type, cell, writer);
  });
  return writer.take();
}

function writeBinary(type: ColumnType, cell: Exclude<Cell, null>, writer: PayloadWriter): void {
  switch (type.kind) {
    case 'integer':
      writeInteger(type.width, BigInt(String(cell)), writer);
      break;
    case 'year':
      writer.uint16(Number(cell));
      break;
    case 'float':
      writer.float(Number(cell));
      break;
    case 'double':
      writer.double(Number(cell));
      break;
    case 'date':
    case 'datetime':
    case 'timestamp':
      writeDatetime(String(cell), writer);
      break;
    case 'time':
      writeTime(microsOfTime(String(cell)), writer);
      break;
    default:
      writer.lengthEncoded(textOf(type, cell));
  }
}

function writeInteger(width: IntegerWidth, value: bigint, writer: PayloadWriter): void {
  switch (width) {
    case 'tinyint':
      writer.uint8(Number(BigInt.asUintN(8, value)));
      break;
    case 'smallint':
      writer.uint16(Number(BigInt.asUintN(16, value)));
      break;
    case 'mediumint':
    case 'int':
      writer.uint32(Number(BigInt.asUintN(32, value)));
      break;
    case 'bigint':
      writer.uint64(value);
      break;
    default:
      assertNever(width);
  }
}

function writeDatetime(text: string, writer: PayloadWriter): void {
  const [year, month, day, hour, minute, second, micros] = datePartsOf(text);
  const isZero = year === 0 && month === 0 && day === 0;
  const length = micros !== 0 ? 11 : hour + minute + second !== 0 ? 7 : isZero ? 0 : 4;
  writer.uint8(length);
  if (length >= 4) writer.uint16(year).uint8(month).uint8(day);
  if (length >= 7) writer.uint8(hour).uint8(minute).uint8(second);
  if (length >= 11) writer.uint32(micros);
}

function writeTime(micros: bigint, writer: PayloadWriter): void {
  const magnitude = micros < 0n ? -micros : micros;
  const seconds = Number(magnitude / 1_000_000n);
  const fraction = Number(magnitude % 1_000_000n);
  const length = fraction !== 0 ? 12 : seconds !== 0 ? 8 : 0;
  writer.uint8(length);
  if (length === 0) return;
  writer
    .uint8(micros < 0n ? 1 : 0)
    .uint32(Math.floor(seconds / 86_400))
    .uint8(Math.floor(seconds / 3600) % 24)
    .uint8(Math.floor(seconds / 60) % 60)
    .uint8(seconds % 60);
  if (length === 12) writer.uint32(fraction);
}
