import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RecordChanges } from '../../../../functions/domain/events/record-change.ts';
import {
  type Counter,
  countChangesOf,
  daysOf,
  MAX_TAGS,
  sumOf,
  TAG_LENGTH,
  takeIn,
} from '../../../../functions/domain/events/record-counts.ts';
import { aBackup, aWorkflow } from '../../../support/records.ts';

const DAY = 24 * 3_600_000;
const AT = '2026-11-30T12:00:00.000Z';
const NOON = Date.parse(AT);

const tagOf = (changeId: string) => changeId.padStart(TAG_LENGTH, '0');

type Write = RecordChanges['backups'][number];

/** Writes of one backup: created, and perhaps finished and removed. */
function lifeOf(id: string, clusterId: string, isRemoved: boolean): Write[] {
  const record = aBackup({ backupId: id, clusterId, createTime: AT });
  const write = (step: number, before?: Write['before'], after?: Write['after']): Write => {
    return { changeId: `${id}${step}`, sequence: String(step), time: AT, before, after };
  };
  return [write(1, undefined, record), write(2, record, record), ...(isRemoved ? [write(3, record, undefined)] : [])];
}

/** One delivery of a batch: whether it stops after this many counters, and whether it is then halved. */
const delivery = fc.record({
  size: fc.integer({ min: 1, max: 5 }),
  diesAfter: fc.option(fc.nat(3)),
  halved: fc.boolean(),
});

const shard = fc.array(fc.record({ clusterId: fc.constantFrom('c1', 'c2'), isRemoved: fc.boolean() }), {
  maxLength: 8,
});

describe('counters', () => {
  it("are exact, however a stream's shards interleave, and whatever is redelivered or split", () => {
    fc.assert(
      fc.property(
        shard,
        shard,
        fc.infiniteStream(delivery),
        fc.infiniteStream(fc.boolean()),
        (a, b, deliveries, turns) => {
          const counters = new Map<string, Counter>();
          const streams = [a, b].map((lives, index) =>
            lives.flatMap(({ clusterId, isRemoved }, number) => lifeOf(`${index}${number}`, clusterId, isRemoved)),
          );
          /** What each shard delivers next. */
          const waiting: Write[][] = [[], []];
          const apply = (backups: Write[], counterLimit: number | null) => {
            for (const [index, { key, changes }] of countChangesOf({ backups, workflows: [] }).entries()) {
              if (index === counterLimit) return false;
              const name = `${key.group} ${key.day}`;
              const next = takeIn(counters.get(name), changes, AT, tagOf);
              if (next !== undefined) counters.set(name, next);
            }
            return true;
          };
          let retries = 0;
          while (streams.some((stream) => stream.length > 0) || waiting.some((batch) => batch.length > 0)) {
            const turn = turns.next().value ? 0 : 1;
            const [stream = [], batch = []] = [streams[turn], waiting[turn]];
            const { size, diesAfter, halved } = deliveries.next().value;
            if (batch.length === 0) batch.push(...stream.splice(0, size));
            const part = halved ? batch.slice(0, Math.ceil(batch.length / 2)) : batch;
            // In the end every batch succeeds.
            const hasSucceeded = apply(part, retries < 100 ? diesAfter : null);
            retries += 1;
            if (hasSucceeded) batch.splice(0, part.length);
          }
          const left = [...a, ...b].filter(({ isRemoved }) => !isRemoved);
          const of = (group: string) => [counters.get(`${group} 2026-11-30`)].filter((each) => each !== undefined);
          expect(sumOf(of('backups'), () => true)).toBe(left.length);
          for (const id of ['c1', 'c2']) {
            expect(sumOf(of(`backups#${id}`), () => true)).toBe(
              left.filter(({ clusterId }) => clusterId === id).length,
            );
          }
        },
      ),
    );
  });

  it('count a workflow by its kind and its end', () => {
    const running = aWorkflow({ bizId: 'c1', createTime: AT });
    const change = { changeId: '1', sequence: '1', time: AT };
    const workflows = [
      { ...change, changeId: '1', before: undefined, after: running },
      { ...change, changeId: '2', before: running, after: { ...running, status: 'Processing' as const } },
      { ...change, changeId: '3', before: running, after: { ...running, status: 'Finished' as const } },
    ];

    expect(countChangesOf({ backups: [], workflows })).toEqual(
      ['workflows#c1', 'workflows'].map((group) => ({
        key: { group, day: '2026-11-30' },
        changes: [
          { changeId: '1', deltas: { 'BackupCluster#Unended': 1 } },
          { changeId: '3', deltas: { 'BackupCluster#Unended': -1, 'BackupCluster#Finished': 1 } },
        ],
      })),
    );
  });

  it('of single clusters are written before those of all, which other shards write, too', () => {
    const backups = ['c1', 'c2'].map((clusterId, index) => {
      const after = aBackup({ clusterId, createTime: AT });
      return { changeId: String(index), sequence: '1', time: AT, before: undefined, after };
    });

    expect(countChangesOf({ backups, workflows: [] }).map(({ key }) => key.group)).toEqual([
      'backups#c1',
      'backups#c2',
      'backups',
    ]);
  });

  it('hold no cell without records', () => {
    const change = { changeId: '2', deltas: { auto: -1 } };

    expect(takeIn({ counts: { auto: 1, manual: 2 }, taken: {} }, [change], AT, tagOf)?.counts).toEqual({ manual: 2 });
  });

  it('forget changes too old to be redelivered, and keep a bounded number', () => {
    const change = (changeId: string) => ({ changeId, deltas: { auto: 1 } });
    const old = { counts: { auto: 2 }, taken: { '2026-11-28': 'aaaaaaaa', '2026-11-29': 'bbbbbbbb' } };

    expect(takeIn(old, [change('c')], AT, tagOf)).toEqual({
      counts: { auto: 3 },
      taken: { '2026-11-29': 'bbbbbbbb', '2026-11-30': '0000000c' },
    });
    const many = Array.from({ length: MAX_TAGS + 10 }, (_, index) => change(String(index)));
    const tags = takeIn(old, many, AT, tagOf)?.taken['2026-11-30'];
    expect(tags).toHaveLength(MAX_TAGS * TAG_LENGTH);
    expect(tags).toMatch(new RegExp(`${tagOf(String(MAX_TAGS + 9))}$`));
  });

  it('are not written for changes that they have counted', () => {
    const counter = { counts: { auto: 1 }, taken: { '2026-11-30': tagOf('1') } };

    expect(takeIn(counter, [{ changeId: '1', deltas: { auto: 1 } }], AT, tagOf)).toBeUndefined();
  });

  it('never add up to less than zero', () => {
    expect(sumOf([{ counts: { auto: -1 } }], () => true)).toBe(0);
  });
});

describe('a range of time', () => {
  const moment = fc.integer({ min: NOON - 4 * DAY, max: NOON + 4 * DAY });
  const bound = fc.option(
    fc.oneof(
      moment,
      moment.map((at) => at - (at % DAY)),
      moment.map((at) => at - (at % DAY) - 1),
    ),
    {
      nil: undefined,
    },
  );

  it('consists of whole days and edges, with each moment once', () => {
    fc.assert(
      fc.property(bound, bound, moment, (from, to, at) => {
        const { days, edges } = daysOf(from, to);
        const day = new Date(at).toISOString().slice(0, 10);
        const inDays = days !== undefined && (days.first ?? day) <= day && day <= (days.last ?? day);
        const inEdges = edges.filter((edge) => edge.from <= at && at <= edge.to).length;
        expect(Number(inDays) + inEdges).toBe(Number((from ?? at) <= at && at <= (to ?? at)));
      }),
      { numRuns: 1_000 },
    );
  });

  it('of whole days has no edges', () => {
    const start = Date.parse('2026-11-01T00:00:00Z');

    expect(daysOf(start, start + 2 * DAY - 1)).toEqual({
      days: { first: '2026-11-01', last: '2026-11-02' },
      edges: [],
    });
    expect(daysOf(undefined, undefined)).toEqual({ days: { first: undefined, last: undefined }, edges: [] });
  });
});
