import type { RecordChanges } from '../../domain/events/record-change.ts';
import { type CounterStore, countChangesOf } from '../../domain/events/record-counts.ts';

/**
 * Updates the counters behind the totals of lists from the changes of records. A redelivered batch changes nothing.
 * @param at RFC 3339, UTC
 * @throws what the store throws; counters written before that keep their changes
 */
export async function countRecords(
  changes: RecordChanges,
  at: string,
  { counters }: { counters: Pick<CounterStore, 'take'> },
): Promise<void> {
  for (const { key, changes: taken } of countChangesOf(changes)) await counters.take(key, taken, at);
}
