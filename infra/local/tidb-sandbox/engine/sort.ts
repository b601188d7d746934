import type { Row } from './compiled.ts';

type RowOrder = (left: Row, right: Row) => number;

/** How far the kept rows may grow beyond the limit before they are cut back to it. */
const SLACK = 4096;

/** Sorts rows; with a limit only about that many are held in memory at a time. Rows of equal rank keep their order. */
export function sorted(rows: Iterable<Row>, order: RowOrder, limit: number): Row[] {
  let kept: Row[] = [];
  for (const row of rows) {
    kept.push(row);
    if (kept.length >= limit + SLACK) kept = kept.sort(order).slice(0, limit);
  }
  return kept.sort(order).slice(0, limit);
}
