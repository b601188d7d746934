import type { Row } from './compiled.ts';

type RowOrder = (left: Row, right: Row) => number;

/** How many rows beyond the limit are kept before they are cut back to it. */
const SLACK = 4096;

/** Sorts rows stably; with a limit it holds only about that many in memory. */
export function sorted(rows: Iterable<Row>, order: RowOrder, limit: number): Row[] {
  let kept: Row[] = [];
  for (const row of rows) {
    kept.push(row);
    if (kept.length >= limit + SLACK) kept = kept.sort(order).slice(0, limit);
  }
  return kept.sort(order).slice(0, limit);
}
