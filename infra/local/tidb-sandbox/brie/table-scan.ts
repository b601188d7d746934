import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TableInfo } from '../storage/schema.ts';
import type { RowChange, RowReader, ScanRange, TableChecksum } from '../storage/storage.ts';
import type { Tso } from '../storage/tso.ts';
import { RowChecksum } from './row-checksum.ts';

/** Rows in memory at a time; few, because a row may have megabytes. */
const BATCH_ROWS = 128;

/** The table's rows or changes in key order; other connections get their turn between two batches. */
export async function* scanTable(
  rows: RowReader,
  table: TableInfo,
  range: ScanRange,
  signal: AbortSignal,
): AsyncIterable<readonly RowChange[]> {
  for (const batch of rows.scan(table, range, BATCH_ROWS)) {
    yield batch;
    await nextTurn(undefined, { signal });
  }
}

export async function checksumTable(
  rows: RowReader,
  table: TableInfo,
  at: Tso,
  signal: AbortSignal,
): Promise<TableChecksum> {
  const checksum = new RowChecksum();
  for await (const batch of scanTable(rows, table, { at }, signal)) {
    for (const { key, value } of batch) if (value !== null) checksum.add(key, value);
  }
  return checksum.value;
}
