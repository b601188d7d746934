import { type Cell, familyOf } from './cell.ts';
import type { ColumnDefinition, ColumnType, StoredCell } from './schema.ts';

/**
 * A row is stored as a JSON array whose position n holds the column with id n + 1, so that rows survive ALTER TABLE: a position beyond the
 * end belongs to a column added later.
 */
export function encodeRow(columns: readonly ColumnDefinition[], cells: readonly Cell[]): Buffer {
  const stored: StoredCell[] = [];
  columns.forEach((column, at) => {
    stored[column.id - 1] = toStored(cells[at] ?? null);
  });
  // A dropped column leaves a hole, which JSON writes as null.
  return Buffer.from(JSON.stringify(stored));
}

export function decodeRow(columns: readonly ColumnDefinition[], value: Uint8Array): Cell[] {
  const text = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString();
  const stored = JSON.parse(text) as readonly StoredCell[];
  return columns.map((column) => {
    const cell = column.id <= stored.length ? stored[column.id - 1] : column.originDefault;
    return fromStored(column.type, cell ?? null);
  });
}

export function toStored(cell: Cell): StoredCell {
  if (typeof cell === 'bigint') return cell.toString();
  if (cell instanceof Uint8Array) {
    return Buffer.from(cell.buffer, cell.byteOffset, cell.byteLength).toString('base64');
  }
  return cell;
}

export function fromStored(type: ColumnType, stored: StoredCell): Cell {
  if (stored === null || typeof stored === 'number') return stored;
  switch (familyOf(type)) {
    case 'integer':
      return BigInt(stored);
    case 'bytes':
      return Buffer.from(stored, 'base64');
    default:
      return stored;
  }
}
