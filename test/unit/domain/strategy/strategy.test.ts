import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { identifier } from '../../../../functions/domain/shared/identifiers.ts';
import { WEEKDAYS, windowsEndingAfter } from '../../../../functions/domain/strategy/backup-window.ts';
import {
  backupTypeIn,
  type DueStrategy,
  nextStarts,
  nextWindow,
  type Strategy,
  windowBackupId,
  windowsAt,
} from '../../../../functions/domain/strategy/strategy.ts';

const DAY = 86_400_000;
const FROM = Date.UTC(2024, 0, 1);
const UNTIL = Date.UTC(2034, 0, 1);

/** Every day from 7:00 to 9:00 by default. */
function aStrategy(change: Partial<Strategy> = {}): Strategy {
  return {
    weekdays: [...WEEKDAYS],
    period: { start: 7 * 60, end: 9 * 60 },
    timezone: 'UTC',
    paused: false,
    ...change,
  };
}

const at = (time: string): number => Date.parse(`2026-03-${time}:00Z`);
const iso = (instant: number | undefined) => instant && new Date(instant).toISOString().slice(8, 16);

describe('the next window of a strategy that is saved', () => {
  const next = (now: string, servedAt?: string, change?: Partial<Strategy>) =>
    iso(nextWindow(aStrategy(change), at(now), servedAt && new Date(at(servedAt)).toISOString())?.start);

  it('is the open one', () => {
    expect(next('02T08:00')).toBe('02T07:00');
  });

  it('is the next one once a backup has started in it', () => {
    expect(next('02T08:00', '02T07:05')).toBe('03T07:00');
  });

  it('is the open one if a backup started before it, whatever the strategy was then', () => {
    expect(next('02T08:00', '02T06:55')).toBe('02T07:00');
    expect(next('02T08:00', '02T07:05', { period: { start: 7 * 60 + 30, end: 600 } })).toBe('02T07:30');
  });

  it('counts as served even if only its end or weekdays have changed', () => {
    expect(next('02T08:00', '02T07:05', { period: { start: 7 * 60, end: 20 * 60 } })).toBe('03T07:00');
    expect(next('02T08:00', '02T07:05', { weekdays: ['Monday'] })).toBe('09T07:00');
  });

  it('is undefined while the strategy is paused or names no weekday', () => {
    expect(next('02T08:00', undefined, { paused: true })).toBeUndefined();
    expect(next('02T08:00', undefined, { weekdays: [] })).toBeUndefined();
  });
});

describe('the type of the backup of a window', () => {
  it('is that of its weekday, even if the clock moves its start into the next day', () => {
    const greenland = aStrategy({
      weekdays: ['Saturday', 'Sunday'],
      fullWeekdays: ['Sunday'],
      period: { start: 23 * 60 + 30, end: 0 },
      timezone: 'America/Nuuk',
    });
    const windows = windowsEndingAfter(greenland, at('28T12:00'), 2);

    expect(windows.map((window) => [iso(window.start), backupTypeIn(greenland, window)])).toEqual([
      ['29T01:30', 'incr'],
      ['30T00:30', 'full'],
    ]);
  });
});

describe('the next starts', () => {
  it('are all in the future, in UTC', () => {
    const starts = nextStarts(aStrategy({ weekdays: ['Monday'], timezone: 'Europe/Berlin' }), at('23T06:30'), 3);
    // Summer time begins on the 29th.
    expect(starts).toEqual(['2026-03-30T05:00:00.000Z', '2026-04-06T05:00:00.000Z', '2026-04-13T05:00:00.000Z']);
  });

  it('are empty for a paused strategy', () => {
    expect(nextStarts(aStrategy({ paused: true }), at('02T06:00'), 3)).toEqual([]);
  });
});

describe('a sweep', () => {
  const sweepAt = (now: string, nextRunAt: string) => {
    const due = { clusterId: 'c', strategy: aStrategy(), nextRunAt: new Date(at(nextRunAt)).toISOString() };
    const { missed, open, next } = windowsAt(due, at(now));
    return { missed: missed.map(({ start }) => iso(start)), open: iso(open?.start), next: iso(next.start) };
  };

  it('starts what is open, up to the last moment before its end', () => {
    expect(sweepAt('02T07:00', '02T07:00')).toEqual({ missed: [], open: '02T07:00', next: '03T07:00' });
    expect(sweepAt('02T08:59', '02T07:00')).toEqual({ missed: [], open: '02T07:00', next: '03T07:00' });
    expect(sweepAt('02T09:00', '02T07:00')).toEqual({ missed: ['02T07:00'], open: undefined, next: '03T07:00' });
  });

  it('finds everything missed after a long silence, and what is open now', () => {
    expect(sweepAt('04T08:00', '02T07:00')).toEqual({
      missed: ['02T07:00', '03T07:00'],
      open: '04T07:00',
      next: '05T07:00',
    });
  });
});

describe('a window whose backup could not start in it', () => {
  it('is missed, whatever time the sweep assumes', () => {
    const [windowStart, next] = [at('02T07:00'), at('03T07:00')].map((time) => new Date(time).toISOString());
    const due = { clusterId: 'c', strategy: aStrategy(), nextRunAt: windowStart ?? '' };
    const waiting = { windowStart: windowStart ?? '', reason: 'throttled', isMissed: true };

    const found = windowsAt({ ...due, waiting }, at('02T08:59'));

    expect(found.open).toBeUndefined();
    expect([...found.missed, found.next].map(({ start }) => new Date(start).toISOString())).toEqual([
      windowStart,
      next,
    ]);
  });
});

describe('laws of sweeping', () => {
  const strategies = fc.record({
    weekdays: fc.subarray([...WEEKDAYS], { minLength: 1 }),
    // Windows of nearly a day, too: where the clock skips an hour, one ends as the next begins.
    period: fc
      .record({ start: fc.integer({ min: 0, max: 1439 }), end: fc.integer({ min: 0, max: 1439 }) })
      .filter(({ start, end }) => start !== end),
    timezone: fc.constantFrom(...Intl.supportedValuesOf('timeZone')),
    paused: fc.constant(false),
  });

  it('serve or miss each window once, and miss it only if no sweep ran while it was open', () => {
    const gaps = fc.array(fc.integer({ min: 1, max: 3 * 24 * 60 }), { minLength: 1, maxLength: 25 });
    fc.assert(
      fc.property(strategies, fc.integer({ min: FROM, max: UNTIL }), gaps, (strategy, saved, minutes) => {
        const first = nextWindow(strategy, saved, undefined)?.start ?? Number.NaN;
        let state: DueStrategy = { clusterId: 'c', strategy, nextRunAt: new Date(first).toISOString() };
        let now = saved;
        const sweeps: number[] = [];
        const served: number[] = [];
        const missed: number[] = [];

        for (const gap of minutes) {
          now += gap * 60_000;
          sweeps.push(now);
          // As the index finds it, as often as it does.
          while (Date.parse(state.nextRunAt) <= now) {
            const found = windowsAt(state, now);
            missed.push(...found.missed.map(({ start }) => start));
            if (found.open !== undefined) served.push(found.open.start);
            state = { ...state, nextRunAt: new Date(found.next.start).toISOString() };
          }
        }

        const all = windowsEndingAfter(strategy, saved, 150).filter(({ start }) => start <= now);
        expect([...served, ...missed].sort((a, b) => a - b)).toEqual(all.map(({ start }) => start));
        for (const window of all) {
          const isServed = sweeps.some((time) => window.start <= time && time < window.end);
          expect(served.includes(window.start)).toBe(isServed);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('neither repeat nor omit a window when the strategy is saved again at any moment', () => {
    const moments = fc.array(fc.integer({ min: 1, max: 12 * 60 }), { minLength: 5, maxLength: 25 });
    fc.assert(
      fc.property(strategies, fc.integer({ min: FROM, max: UNTIL }), moments, (strategy, saved, minutes) => {
        let now = saved;
        let servedAt: string | undefined;
        const served: number[] = [];

        for (const gap of minutes) {
          now += gap * 60_000;
          const next = nextWindow(strategy, now, servedAt);
          if (next === undefined || next.start > now) continue;
          served.push(next.start);
          servedAt = new Date(now).toISOString();
        }

        expect(new Set(served).size).toBe(served.length);
        const open = windowsEndingAfter(strategy, saved, 60).filter((w) => w.start <= now && w.end > now);
        for (const { start } of open) expect(served).toContain(start);
      }),
      { numRuns: 100 },
    );
  });
});

describe('the id of the backup of a window', () => {
  it('is always the same, and differs for another window or cluster', () => {
    const [today, tomorrow] = [
      { start: at('02T07:00'), end: at('02T09:00') },
      { start: at('02T07:00') + DAY, end: at('02T09:00') + DAY },
    ];
    const longest = 'c'.repeat(64);
    const ids = [today, tomorrow].flatMap((window) =>
      ['c1', longest].map((clusterId) => windowBackupId(clusterId, window)),
    );

    expect(ids.every((id) => identifier.safeParse(id).success)).toBe(true);
    expect(new Set(ids).size).toBe(4);
    expect(windowBackupId('c1', today)).toMatch(/^auto-20260302T070000Z-[0-9a-f]{24}$/);
    expect(windowBackupId('c1', { ...today })).toBe(ids[0]);
  });
});
