import {
  type Counter,
  type CounterKey,
  type CounterStore,
  dayOf,
  type Place,
  type StoredCounter,
  withoutZeros,
} from '../../domain/events/record-counts.ts';
import { log } from '../../log.ts';

export interface RecountRecordsDeps {
  counters: Pick<CounterStore, 'all' | 'replace' | 'countedSince' | 'complete'>;
  /** Where each record created before a day is counted, from the keys of the records. */
  recordsBefore: (day: string) => AsyncIterable<Place & { delta: number }>;
  /** Resolves after so many milliseconds. */
  wait: (milliseconds: number) => Promise<void>;
}

export interface Recount {
  counters: number;
  /** Counters that were wrong. */
  corrected: number;
  /** Counters that changed meanwhile: the next recount checks them. */
  unsettled: number;
}

/** Longer than a change takes from the record to its counter. */
const LAG_MS = 30_000;

const DAY_MS = 24 * 3_600_000;

/**
 * Counts the records created before today, and corrects counters that differ. Records change meanwhile, and counters
 * follow a little later, so only a difference that outlasts that delay counts:
 *
 *     stream:  ──────────────── (removal) ─────── take(−1)
 *     recount: counters 5, records 4 ── wait ── counters 4, records 4     without the wait, 4 is written, then 3
 *
 * The first recount notes its day. Once every counter of a later day's recount is right, all records are counted: those
 * created before by a recount, the others by the stream.
 * @param now in milliseconds since 1970
 */
export async function recountRecords(now: number, deps: RecountRecordsDeps): Promise<Recount> {
  const today = dayOf(iso(now));
  const since = await deps.counters.countedSince(today);
  const found = await compare(today, deps);
  const confirmed = found.differences.size === 0 ? found : await deps.wait(LAG_MS).then(() => compare(today, deps));
  const recount = { counters: confirmed.counters, corrected: 0, unsettled: 0 };
  for (const [name, difference] of confirmed.differences) {
    const isSettled = isSame(found.differences.get(name), difference);
    const { key, counter, counts } = difference;
    // It keeps what it has taken in: the stream may still redeliver that.
    const right = { counts, taken: counter?.taken ?? {} };
    if (isSettled && (await deps.counters.replace(key, right, counter))) {
      // The first recount finds everything that was there before.
      if (since < today) log.warn({ message: 'a counter was wrong', ...key, was: counter?.counts, is: counts });
      recount.corrected += 1;
    } else recount.unsettled += 1;
  }
  for (const counter of confirmed.outdated) await deps.counters.replace(counter, { ...counter, taken: {} }, counter);
  if (since < today && recount.unsettled === 0) await deps.counters.complete(since);
  return recount;
}

interface Difference {
  key: CounterKey;
  counter: StoredCounter | undefined;
  /** What it should be. */
  counts: Counter['counts'];
}

interface Comparison {
  counters: number;
  /** By group and day. */
  differences: Map<string, Difference>;
  /** Counters that are right, but still hold tags of changes too old to be redelivered. */
  outdated: StoredCounter[];
}

async function compare(today: string, { counters, recordsBefore }: RecountRecordsDeps): Promise<Comparison> {
  const expected = new Map<string, { key: CounterKey; counts: Record<string, number> }>();
  for await (const { groups, day, cell, delta } of recordsBefore(today)) {
    for (const group of groups) {
      const { counts } = entryOf(expected, { group, day });
      counts[cell] = (counts[cell] ?? 0) + delta;
    }
  }
  const stored = (await counters.all()).filter(({ day }) => day < today);
  const byName = new Map(stored.map((counter) => [nameOf(counter), counter]));
  for (const counter of stored) entryOf(expected, counter);
  const comparison: Comparison = { counters: stored.length, differences: new Map(), outdated: [] };
  for (const [name, { key, counts }] of expected) {
    const counter = byName.get(name);
    const right = withoutZeros(counts);
    if (!isEqual(counter?.counts ?? {}, right)) comparison.differences.set(name, { key, counter, counts: right });
    else if (counter !== undefined && isOutdated(counter, today)) comparison.outdated.push(counter);
  }
  return comparison;
}

type Entry = { key: CounterKey; counts: Record<string, number> };

function entryOf(entries: Map<string, Entry>, { group, day }: CounterKey): Entry {
  const name = nameOf({ group, day });
  const entry = entries.get(name) ?? { key: { group, day }, counts: {} };
  entries.set(name, entry);
  return entry;
}

function nameOf({ group, day }: CounterKey): string {
  return `${group} ${day}`;
}

function isSame(former: Difference | undefined, { counter, counts }: Difference): boolean {
  return former !== undefined && former.counter?.version === counter?.version && isEqual(former.counts, counts);
}

function isEqual(one: Counter['counts'], other: Counter['counts']): boolean {
  const cells = Object.keys(one);
  return cells.length === Object.keys(other).length && cells.every((cell) => one[cell] === other[cell]);
}

/** A stream redelivers a change for a day at most. */
function isOutdated({ taken }: StoredCounter, today: string): boolean {
  const yesterday = dayOf(iso(Date.parse(today) - DAY_MS));
  const days = Object.keys(taken);
  return days.length > 0 && days.every((day) => day < yesterday);
}

function iso(instant: number): string {
  return new Date(instant).toISOString();
}
