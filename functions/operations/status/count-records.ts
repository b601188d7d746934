import type { RecordChanges } from '../../domain/events/record-change.ts';
import { type CounterStore, countChangesOf } from '../../domain/events/record-counts.ts';

/**
 * Keeps the counters behind the totals of lists, from the changes of records. A batch that comes again changes nothing.
 * @param at RFC 3339, UTC
 * @throws what the store throws; the counters written before keep what they took in
 */
export async function countRecords(
  changes: RecordChanges,
  at: string,
  { counters }: { counters: Pick<CounterStore, 'take'> },
): Promise<void> {
  for (const { key, changes: taken } of countChangesOf(changes)) await counters.take(key, taken, at);
}
