import { notSupported } from '../sql/errors.ts';
import type { Cell } from '../storage/cell.ts';
import type { ColumnType } from '../storage/schema.ts';
import { formatTime } from '../types/temporal.ts';
import { fieldType } from './constants.ts';
import type { PayloadReader } from './payload.ts';

/** The value of a `?`, with its type. */
export interface Parameter {
  readonly type: ColumnType;
  readonly cell: Cell;
}

const UNSIGNED = 0x8000;
const TEXT: ColumnType = { kind: 'varchar', length: 65_535 };
const NULL: Parameter = { type: { kind: 'binary', length: 0 }, cell: null };

/** Parses what follows the fixed part of COM_STMT_EXECUTE; `types` are the last execution's, which the client may omit now. */
export function readParameters(
  reader: PayloadReader,
  count: number,
  types: readonly number[],
  longData: ReadonlyMap<number, Buffer>,
): { parameters: Parameter[]; types: readonly number[] } {
  if (count === 0) return { parameters: [], types: [] };
  const nulls = reader.bytes((count + 7) >> 3);
  const bound = reader.uint8() === 1 ? Array.from({ length: count }, () => reader.uint16()) : types;
  const parameters = bound.map((type, at) => {
    if (((nulls[at >> 3] ?? 0) >> (at & 7)) & 1) return NULL;
    const long = longData.get(at);
    return long ? { type: { kind: 'blob', size: 'long' } as const, cell: long } : readParameter(reader, type);
  });
  return { parameters, types: bound };
}

function readParameter(reader: PayloadReader, wireType: number): Parameter {
  const unsigned = (wireType & UNSIGNED) !== 0;
  const integer = (value: number | bigint): Parameter => ({
    type: { kind: 'integer', width: 'bigint', unsigned, boolean: false },
    cell: BigInt(value),
  });
  switch (wireType & 0xff) {
    case fieldType.null:
      return NULL;
    case fieldType.tiny:
      return integer(unsigned ? reader.uint8() : reader.int8());
    case fieldType.short:
    case fieldType.year:
      return integer(unsigned ? reader.uint16() : reader.int16());
    case fieldType.long:
    case fieldType.int24:
      return integer(unsigned ? reader.uint32() : reader.int32());
    case fieldType.longlong:
      return integer(unsigned ? reader.uint64() : reader.int64());
    case fieldType.float:
      return doubleParameter(reader.float());
    case fieldType.double:
      return doubleParameter(reader.double());
    case fieldType.date:
    case fieldType.datetime:
    case fieldType.timestamp:
      return { type: TEXT, cell: readDatetime(reader) };
    case fieldType.time:
      return { type: TEXT, cell: readTime(reader) };
    case fieldType.tinyBlob:
    case fieldType.mediumBlob:
    case fieldType.longBlob:
    case fieldType.blob:
      return { type: { kind: 'blob', size: 'long' }, cell: reader.lengthEncodedBytes() };
    case fieldType.newDecimal:
    case fieldType.varchar:
    case fieldType.varString:
    case fieldType.string:
    case fieldType.json:
      return { type: TEXT, cell: reader.lengthEncodedBytes().toString() };
    default:
      throw notSupported(`parameters of type ${wireType & 0xff}`);
  }
}

/** mysql2 sends every number as a double; a whole one means an integer. */
function doubleParameter(value: number): Parameter {
  if (!Number.isSafeInteger(value)) return { type: { kind: 'double' }, cell: value };
  return { type: { kind: 'integer', width: 'bigint', unsigned: false, boolean: false }, cell: BigInt(value) };
}

function readDatetime(reader: PayloadReader): string {
  const length = reader.uint8();
  const pad = (value: number, width = 2) => String(value).padStart(width, '0');
  if (length === 0) return '0000-00-00';
  let text = `${pad(reader.uint16(), 4)}-${pad(reader.uint8())}-${pad(reader.uint8())}`;
  if (length >= 7) text += ` ${pad(reader.uint8())}:${pad(reader.uint8())}:${pad(reader.uint8())}`;
  if (length >= 11) text += `.${pad(reader.uint32(), 6)}`;
  return text;
}

function readTime(reader: PayloadReader): string {
  const length = reader.uint8();
  if (length === 0) return '00:00:00';
  const negative = reader.uint8() === 1;
  const days = reader.uint32();
  const seconds = (days * 24 + reader.uint8()) * 3600 + reader.uint8() * 60 + reader.uint8();
  const micros = BigInt(seconds) * 1_000_000n + BigInt(length >= 12 ? reader.uint32() : 0);
  return formatTime(negative ? -micros : micros, 6);
}
