import type { BackupRecord } from '../backup/backup-record.ts';
import { UNFINISHED } from '../workflow/workflow.ts';
import type { RecordChanges } from './record-change.ts';

/**
 * The numbers of records behind the `total` of long lists. A counter holds those of one group that were created on one
 * day, by cell, so that every combination of filters is a sum over the counters of one group:
 *
 *     group                                 cell
 *     backups, backups#CLUSTER              manual
 *     workflows, workflows#CLUSTER          BackupCluster#Finished
 */
export interface CounterKey {
  group: string;
  /** Of the records' creation: `2026-11-30`, in UTC. */
  day: string;
}

export interface Counter {
  counts: Readonly<Record<string, number>>;
  /** The changes that it has lately taken in, by the day of the write: tags of {@link TAG_LENGTH} characters. */
  taken: Readonly<Record<string, string>>;
}

/** What one write of a record changes in one counter. */
export interface CountChange {
  /** Stays the same when the stream redelivers the write. */
  changeId: string;
  deltas: Readonly<Record<string, number>>;
}

/** A counter as it is stored; `version` grows with each write. */
export interface StoredCounter extends CounterKey, Counter {
  version: number;
}

export interface CounterStore {
  /**
   * Adds the changes that the counter has not taken in yet, in one write.
   * @param at RFC 3339, UTC
   */
  take(key: CounterKey, changes: readonly CountChange[], at: string): Promise<void>;
  /**
   * The number of records in the cells that match.
   * @param days first and last, inclusive; unset is unlimited
   * @returns undefined until all records have been counted
   */
  total(group: string, days: DayRange, matches: (cell: string) => boolean): Promise<number | undefined>;
  all(): Promise<StoredCounter[]>;
  /**
   * Replaces a counter, or removes one that holds nothing. False if it has been written since it was read.
   * @param former undefined: there was none
   */
  replace(key: CounterKey, counter: Counter, former: StoredCounter | undefined): Promise<boolean>;
  /** The day of the first recount; sets it if there was none. */
  countedSince(today: string): Promise<string>;
  /** From now on, totals are known. */
  complete(since: string): Promise<void>;
}

/** First and last day, inclusive; unset is unlimited. */
interface DayRange {
  first?: string | undefined;
  last?: string | undefined;
}

/** Where a record is counted. */
export interface Place {
  groups: readonly string[];
  day: string;
  cell: string;
}

export function backupPlace(record: Pick<BackupRecord, 'clusterId' | 'createTime'> & { backupMode: string }): Place {
  const { clusterId, backupMode, createTime } = record;
  return { groups: groupsOf('backups', clusterId), day: dayOf(createTime), cell: backupMode };
}

/** Running workflows share a cell: there are few, and each change of a cell is two writes. */
export function workflowPlace(item: {
  bizId: string;
  flowName: string;
  createTime: string;
  /** Defaults to that of a running one. */
  status?: string;
}): Place {
  const { bizId, flowName, status = UNENDED, createTime } = item;
  const cell = `${flowName}#${[UNENDED, ...UNFINISHED].includes(status) ? UNENDED : status}`;
  return { groups: groupsOf('workflows', bizId), day: dayOf(createTime), cell };
}

/** In place of the status of workflows that have not ended. */
const UNENDED = 'Unended';

/** The group of all records of a table, or of a cluster's. Cluster ids never contain `#`. */
export function groupOf(table: 'backups' | 'workflows', clusterId: string | undefined): string {
  return clusterId === undefined ? table : `${table}#${clusterId}`;
}

/** The most frequently written group is last: {@link takeIn} says why. */
function groupsOf(table: 'backups' | 'workflows', clusterId: string): string[] {
  return [groupOf(table, clusterId), groupOf(table, undefined)];
}

export function dayOf(time: string): string {
  return time.slice(0, '2026-11-30'.length);
}

/** The changes of each counter, the groups of all records last. */
export function countChangesOf({ backups, workflows }: RecordChanges): { key: CounterKey; changes: CountChange[] }[] {
  const found = new Map<string, { key: CounterKey; changes: CountChange[] }>();
  const note = (changeId: string, before: Place | undefined, after: Place | undefined) => {
    const { groups, day } = before ?? after ?? { groups: [], day: '' };
    if (before?.cell === after?.cell) return;
    const deltas = { ...(before && { [before.cell]: -1 }), ...(after && { [after.cell]: 1 }) };
    for (const group of groups) {
      const name = `${group} ${day}`;
      const entry = found.get(name) ?? { key: { group, day }, changes: [] };
      entry.changes.push({ changeId, deltas });
      found.set(name, entry);
    }
  };
  for (const { changeId, before, after } of backups)
    note(changeId, before && backupPlace(before), after && backupPlace(after));
  for (const { changeId, before, after } of workflows)
    note(changeId, before && workflowPlace(before), after && workflowPlace(after));
  const isOfAll = ({ key }: { key: CounterKey }) => Number(!key.group.includes('#'));
  return [...found.values()].sort((a, b) => isOfAll(a) - isOfAll(b));
}

/** Characters of a change's tag. It has 48 bits, so that two changes hardly ever share one. */
export const TAG_LENGTH = 8;

/**
 * Tags of a day that a counter keeps: several batches of the stream. A batch that failed is redelivered, and what a
 * counter has taken in of it must still be known then:
 *
 *     shard 1:  batch ── take(cluster), take(all) ✗ ────────────────────── batch again ── take(cluster): known, take(all)
 *     shard 2:  ───────────────────────────────────── batches ── take(all)
 *
 * A shard delivers its next batch only after the last one succeeded. The counters of all records, which other shards
 * write meanwhile, are written last, so that a failed batch has hardly ever written them; the others see few changes.
 */
export const MAX_TAGS = 256;

const DAY_MS = 24 * 3_600_000;

/**
 * The counter after the changes that it has not taken in yet.
 * @param at the present, RFC 3339 in UTC: a stream keeps a change for 24 hours, so older tags go
 * @param tagOf a text of {@link TAG_LENGTH} characters that differs from that of any other change
 * @returns undefined: it has taken in all of them
 */
export function takeIn(
  counter: Counter | undefined,
  changes: readonly CountChange[],
  at: string,
  tagOf: (changeId: string) => string,
): Counter | undefined {
  const known = new Set(Object.values(counter?.taken ?? {}).flatMap(tagsIn));
  const counts: Record<string, number> = { ...counter?.counts };
  const oldest = dayOf(new Date(Date.parse(at) - DAY_MS).toISOString());
  const taken = Object.fromEntries(Object.entries(counter?.taken ?? {}).filter(([day]) => day >= oldest));
  let isNew = false;
  for (const { changeId, deltas } of changes) {
    const tag = tagOf(changeId);
    if (known.has(tag)) continue;
    known.add(tag);
    isNew = true;
    taken[dayOf(at)] = `${taken[dayOf(at)] ?? ''}${tag}`.slice(-MAX_TAGS * TAG_LENGTH);
    for (const [cell, delta] of Object.entries(deltas)) counts[cell] = (counts[cell] ?? 0) + delta;
  }
  return isNew ? { counts: withoutZeros(counts), taken } : undefined;
}

function tagsIn(text: string): string[] {
  return text.match(new RegExp(`.{${TAG_LENGTH}}`, 'g')) ?? [];
}

export function withoutZeros(counts: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0));
}

/** The sum of the cells that match; never negative, although a counter is while changes come out of order. */
export function sumOf(counters: readonly Pick<Counter, 'counts'>[], matches: (cell: string) => boolean): number {
  const cells = counters.flatMap(({ counts }) => Object.entries(counts));
  const sum = cells.filter(([cell]) => matches(cell)).reduce((total, [, count]) => total + count, 0);
  return Math.max(sum, 0);
}

/** A range of time: the UTC days that lie within it as a whole, and what remains at its ends. Milliseconds since 1970. */
export interface DaysOfRange {
  /** Unset if no whole day lies within the range. */
  days?: DayRange;
  /** Inclusive. */
  edges: { from: number; to: number }[];
}

/** Splits a range, inclusive, that may be open on either side. */
export function daysOf(from: number | undefined, to: number | undefined): DaysOfRange {
  const first = from === undefined ? undefined : Math.ceil(from / DAY_MS) * DAY_MS;
  /** The end of the last whole day, exclusive. */
  const end = to === undefined ? undefined : Math.floor((to + 1) / DAY_MS) * DAY_MS;
  if (first !== undefined && end !== undefined && first >= end)
    return { edges: from !== undefined && to !== undefined && from <= to ? [{ from, to }] : [] };
  const edges = [];
  if (from !== undefined && first !== undefined && from < first) edges.push({ from, to: first - 1 });
  if (to !== undefined && end !== undefined && end <= to) edges.push({ from: end, to });
  return {
    days: {
      first: first === undefined ? undefined : dayAt(first),
      last: end === undefined ? undefined : dayAt(end - 1),
    },
    edges,
  };
}

function dayAt(instant: number): string {
  return dayOf(new Date(instant).toISOString());
}
