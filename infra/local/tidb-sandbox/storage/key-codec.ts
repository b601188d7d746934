import { unscaled } from '../types/decimal.ts';
import { microsOfTime } from '../types/temporal.ts';
import { type Cell, familyOf } from './cell.ts';
import type { ColumnDefinition, ColumnType, IndexDefinition, TableDefinition, TableInfo } from './schema.ts';

const SIGN_BIT = 1n << 63n;
/** More than TIME's largest magnitude (838:59:59) in microseconds, so that the sum below is never negative. */
const TIME_OFFSET = 1n << 42n;

/** Encodes the columns of a key so that the byte order equals the value order. Cells must not be null. */
export function encodeKey(columns: readonly ColumnDefinition[], cells: readonly Cell[]): Buffer {
  return Buffer.concat(columns.map((column, at) => encodePart(column.type, cells[at] ?? null)));
}

/** The key of a row of a table without a clustered primary key. */
export function encodeRowId(rowId: bigint): Buffer {
  return uint64(rowId ^ SIGN_BIT);
}

/**
 * TiKV's prefix of each row key: `t{table id}_r` (TiDB, pkg/tablecodec). Rows are stored without it; `ADMIN CHECKSUM TABLE` includes it, so
 * that a restored table with another id has another checksum but the same number of bytes.
 */
export function rowKeyPrefix({ id }: Pick<TableInfo, 'id'>): Buffer {
  return Buffer.concat([Buffer.from('t'), uint64(BigInt.asUintN(64, id ^ SIGN_BIT)), Buffer.from('_r')]);
}

/** The key of a row's index entry; `undefined` if a part is NULL, which is never a duplicate. */
export function indexKey(
  definition: TableDefinition,
  index: IndexDefinition,
  row: readonly Cell[],
): Buffer | undefined {
  const positions = columnPositions(definition, index);
  const cells = positions.map((at) => row[at] ?? null);
  if (cells.includes(null)) return undefined;
  return encodeKey(
    positions.flatMap((at) => definition.columns[at] ?? []),
    cells,
  );
}

const knownPositions = new WeakMap<IndexDefinition, { columns: TableDefinition['columns']; positions: number[] }>();

/** Positions of an index's columns in a row, cached because every write needs them. */
export function columnPositions({ columns }: TableDefinition, index: IndexDefinition): readonly number[] {
  const known = knownPositions.get(index);
  // After an ALTER TABLE the same index may belong to other columns.
  if (known?.columns === columns) return known.positions;
  const positions = index.columnIds.map((id) => columns.findIndex((column) => column.id === id));
  knownPositions.set(index, { columns, positions });
  return positions;
}

function encodePart(type: ColumnType, cell: Cell): Buffer {
  switch (familyOf(type)) {
    case 'integer': {
      if (typeof cell !== 'bigint') break;
      return uint64(
        (type.kind === 'integer' && type.unsigned) || type.kind === 'bit' ? cell : BigInt.asUintN(64, cell ^ SIGN_BIT),
      );
    }
    case 'decimal': {
      if (typeof cell !== 'string' || type.kind !== 'decimal') break;
      const digits = (unscaled(cell, type.scale) + 10n ** BigInt(type.precision)).toString();
      return Buffer.from(digits.padStart(type.precision + 1, '0'));
    }
    case 'double': {
      if (typeof cell !== 'number') break;
      const bits = Buffer.alloc(8);
      bits.writeDoubleBE(cell);
      const value = bits.readBigUInt64BE();
      return uint64(value & SIGN_BIT ? BigInt.asUintN(64, ~value) : value | SIGN_BIT);
    }
    case 'text':
      if (typeof cell !== 'string') break;
      return terminated(Buffer.from(withoutTrailingSpaces(cell)));
    case 'bytes':
      if (!(cell instanceof Uint8Array)) break;
      return terminated(cell);
    case 'datetime':
      if (typeof cell !== 'string') break;
      return terminated(Buffer.from(cell));
    case 'time':
      if (typeof cell !== 'string') break;
      return uint64(microsOfTime(cell) + TIME_OFFSET);
    case 'json':
    case 'vector':
      break;
  }
  throw new Error(`a ${type.kind} key cannot hold ${typeof cell}`);
}

/** TiDB's utf8mb4_bin pads with spaces (PAD SPACE): `a` and `a ` are the same key. */
export function withoutTrailingSpaces(text: string): string {
  return text.endsWith(' ') ? text.replace(/ +$/, '') : text;
}

/** Zero bytes are escaped and the end is marked, so that a prefix sorts first and two parts cannot run together. */
function terminated(bytes: Uint8Array): Buffer {
  const out: number[] = [];
  for (const byte of bytes) {
    out.push(byte);
    if (byte === 0) out.push(0xff);
  }
  out.push(0, 1);
  return Buffer.from(out);
}

function uint64(value: bigint): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
}
