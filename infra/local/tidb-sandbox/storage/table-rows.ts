import type { Cell } from './cell.ts';
import { indexKey } from './key-codec.ts';
import { decodeRow, encodeRow } from './row-codec.ts';
import type { TableInfo } from './schema.ts';
import type { ClusterStorage, RowChange } from './storage.ts';

const BATCH_ROWS = 1000;

/** The rows of one of TiDB's own tables, which are few. */
export function readRows(storage: ClusterStorage, table: TableInfo): Cell[][] {
  const batches = [...storage.scan(table, { at: storage.currentTso() }, BATCH_ROWS)];
  return batches.flat().flatMap(({ value }) => (value === null ? [] : [decodeRow(table.definition.columns, value)]));
}

/** Adds the rows or replaces those with the same primary key. */
export function putRows(storage: ClusterStorage, table: TableInfo, rows: readonly (readonly Cell[])[]): void {
  if (rows.length > 0)
    storage.applyChanges(
      table,
      rows.map((row) => put(table, row)),
    );
}

/** Replaces the table's rows, writing only differences. */
export function replaceRows(storage: ClusterStorage, table: TableInfo, rows: readonly (readonly Cell[])[]): void {
  const wanted = new Map(rows.map((row) => put(table, row)).map((change) => [hex(change.key), change]));
  const changes: RowChange[] = [];
  for (const { key, value } of [...storage.scan(table, { at: storage.currentTso() }, BATCH_ROWS)].flat()) {
    const change = wanted.get(hex(key));
    if (change === undefined) changes.push({ key, value: null });
    if (hex(change?.value) === hex(value)) wanted.delete(hex(key));
  }
  changes.push(...wanted.values());
  if (changes.length > 0) storage.applyChanges(table, changes);
}

function put({ definition, name }: TableInfo, row: readonly Cell[]): RowChange {
  const [primary] = definition.indexes;
  const key = primary && indexKey(definition, primary, row);
  if (key === undefined) throw new Error(`table ${name} has no primary key`);
  return { key, value: encodeRow(definition.columns, row) };
}

function hex(bytes: Uint8Array | null | undefined): string {
  return Buffer.from(bytes ?? []).toString('hex');
}
