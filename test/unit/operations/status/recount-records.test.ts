import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Counter, Place, StoredCounter } from '../../../../functions/domain/events/record-counts.ts';
import { recountRecords } from '../../../../functions/operations/status/recount-records.ts';

const NOW = Date.parse('2026-11-30T01:00:00.000Z');
const DAY = '2026-11-20';

beforeEach(() => {
  vi.spyOn(console, 'warn').mockReturnValue();
  return () => vi.restoreAllMocks();
});

/**
 * @param records of one group and day
 * @param since the day of the first recount
 */
function prepare(records: number, { since = '2026-11-29' } = {}) {
  const counters = new Map<string, StoredCounter>();
  const completed: string[] = [];
  const name = (key: { group: string; day: string }) => `${key.group} ${key.day}`;
  const put = (counts: Counter['counts'], taken: Counter['taken'] = {}, day = DAY) => {
    const key = { group: 'backups', day };
    const version = (counters.get(name(key))?.version ?? 0) + 1;
    counters.set(name(key), { ...key, counts, taken, version });
  };
  const deps = {
    counters: {
      all: async () => [...counters.values()],
      async replace(key: { group: string; day: string }, next: Counter, former: StoredCounter | undefined) {
        if (counters.get(name(key))?.version !== former?.version) return false;
        put(next.counts, next.taken, key.day);
        return true;
      },
      countedSince: async () => since,
      complete: async (day: string) => void completed.push(day),
    },
    async *recordsBefore(): AsyncGenerator<Place & { delta: number }> {
      for (let number = 0; number < records; number += 1)
        yield { groups: ['backups'], day: DAY, cell: 'auto', delta: 1 };
    },
    wait: async (_: number): Promise<void> => {},
  };
  const counter = (day = DAY) => counters.get(`backups ${day}`);
  return { deps, put, counter, completed, recount: () => recountRecords(NOW, deps) };
}

describe('a recount', () => {
  it('corrects a counter that stays wrong for longer than a change takes, and keeps what it has taken in', async () => {
    const { deps, put, counter, completed, recount } = prepare(5);
    put({ auto: 4 }, { '2026-11-29': 'tag-0001' });
    const wait = vi.spyOn(deps, 'wait');

    expect(await recount()).toEqual({ counters: 1, corrected: 1, unsettled: 0 });

    expect(wait.mock.calls).toEqual([[30_000]]);
    expect(counter()).toMatchObject({ counts: { auto: 5 }, taken: { '2026-11-29': 'tag-0001' } });
    expect(completed).toEqual(['2026-11-29']);
  });

  it('leaves a counter that has been written meanwhile, although it is as wrong as before', async () => {
    const { deps, put, counter, completed, recount } = prepare(5);
    put({ auto: 4 });
    deps.wait = async () => put({ auto: 4 });

    expect(await recount()).toMatchObject({ corrected: 0, unsettled: 1 });

    expect(counter()?.counts).toEqual({ auto: 4 });
    expect(completed).toEqual([]);
  });

  it('completes nothing on its first day: changes of before may still be on their way', async () => {
    const { put, completed, recount } = prepare(5, { since: '2026-11-30' });
    put({ auto: 5 });

    expect(await recount()).toMatchObject({ corrected: 0, unsettled: 0 });

    expect(completed).toEqual([]);
  });

  it('leaves the counters of today to the stream', async () => {
    const { put, counter, recount } = prepare(0);
    put({ auto: 1 }, {}, '2026-11-30');

    expect(await recount()).toMatchObject({ corrected: 0, unsettled: 0 });

    expect(counter('2026-11-30')?.counts).toEqual({ auto: 1 });
  });

  it.each([
    ['forgets changes that a stream can no longer redeliver', '2026-11-28', {}],
    ['remembers changes that a stream may still redeliver', '2026-11-29', { '2026-11-29': 'tag-0001' }],
  ])('%s', async (_, day, taken) => {
    const { put, counter, recount } = prepare(5);
    put({ auto: 5 }, { [day]: 'tag-0001' });

    await recount();

    expect(counter()).toMatchObject({ counts: { auto: 5 } });
    expect(counter()?.taken).toEqual(taken);
  });
});
