import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formatPeriod,
  formatWeekdays,
  type Period,
  parsePeriod,
  parseWeekdays,
  type Schedule,
  WEEKDAYS,
  windowsEndingAfter,
} from '../../../../functions/domain/strategy/backup-window.ts';
import { instantOf, isTimeZone, wallTime } from '../../../../functions/domain/strategy/time-zone.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const FROM = Date.UTC(2020, 0, 1);
const UNTIL = Date.UTC(2041, 0, 1);
const ZONES = Intl.supportedValuesOf('timeZone');

const iso = (instant: number): string => new Date(instant).toISOString();

function starts(schedule: Partial<Schedule>, after: string, count: number): string[] {
  const whole: Schedule = { weekdays: WEEKDAYS, period: { start: 0, end: 60 }, timezone: 'UTC', ...schedule };
  return windowsEndingAfter(whole, Date.parse(after), count).map(({ start }) => iso(start));
}

const offsetOf = (zone: string, instant: number) => wallTime(zone, instant) - instant;

/** The changes of the zone's offset between {@link FROM} and {@link UNTIL}: the first minute of each new offset. */
function transitions(zone: string): number[] {
  const found: number[] = [];
  let before = offsetOf(zone, FROM);
  for (let from = FROM; from < UNTIL; from += 28 * DAY) {
    let [low, high] = [from, from + 28 * DAY];
    const after = offsetOf(zone, high);
    if (before === after) continue;
    before = after;
    while (high - low > 60_000) {
      const middle = low + Math.floor((high - low) / 120_000) * 60_000;
      if (offsetOf(zone, middle) === offsetOf(zone, low)) low = middle;
      else high = middle;
    }
    found.push(high);
  }
  return found;
}

/** The local weekday and minute of the day. */
function shownAt(zone: string, instant: number): string {
  const wall = new Date(wallTime(zone, instant));
  return `${WEEKDAYS[(wall.getUTCDay() + 6) % 7]} ${wall.getUTCHours() * 60 + wall.getUTCMinutes()}`;
}

describe('parsing a strategy', () => {
  test.each([
    ['Monday,Tuesday', 'Monday,Tuesday'],
    [' sunday , MONDAY,monday', 'Monday,Sunday'],
    ['', ''],
    ['  ', ''],
  ])('returns weekdays %j as %j', (given, normalized) => {
    expect(formatWeekdays(parseWeekdays(given) ?? [])).toBe(normalized);
  });

  test.each(['Mon', 'Monday;Tuesday', 'Monday,,Tuesday', 'Funday'])('refuses weekdays %j', (given) => {
    expect(parseWeekdays(given)).toBeUndefined();
  });

  test.each(['25:00-3:00', '24:00-3:00', '7:60-9:00', '7:00-9:60', '7-9', '7:00', '', '7:00-24:01', '-1:00-2:00'])(
    'refuses period %j',
    (given) => {
      expect(parsePeriod(given)).toBeUndefined();
    },
  );

  test('restores what was formatted', () => {
    const minute = fc.integer({ min: 0, max: 1439 });
    fc.assert(
      fc.property(fc.record({ start: minute, end: minute }), (period: Period) => {
        expect(parsePeriod(formatPeriod(period))).toEqual(period);
      }),
    );
  });

  test('accepts neither an offset nor an unknown name as a time zone', () => {
    expect(['UTC', 'Europe/Berlin', 'Asia/Kathmandu'].every(isTimeZone)).toBe(true);
    expect(['+02:00', '', 'Mars/Olympus', 'Europe/Berlin '].some(isTimeZone)).toBe(false);
  });
});

describe('windows of known clock changes', () => {
  test('move a start that the clock skips forward', () => {
    expect(
      starts({ timezone: 'America/New_York', period: { start: 150, end: 180 } }, '2026-03-08T00:00:00Z', 2),
    ).toEqual(['2026-03-08T07:30:00.000Z', '2026-03-09T06:30:00.000Z']);
  });

  test('keep the length of a window that is skipped completely', () => {
    const schedule: Schedule = { weekdays: WEEKDAYS, period: { start: 120, end: 180 }, timezone: 'Europe/Berlin' };
    const [window] = windowsEndingAfter(schedule, Date.parse('2026-03-28T12:00:00Z'), 1);
    expect([iso(window?.start ?? 0), iso(window?.end ?? 0)]).toEqual([
      '2026-03-29T01:00:00.000Z',
      '2026-03-29T02:00:00.000Z',
    ]);
  });

  test('use the first of two starts that the clock shows', () => {
    expect(
      starts({ timezone: 'America/New_York', period: { start: 90, end: 120 } }, '2026-11-01T00:00:00Z', 2),
    ).toEqual(['2026-11-01T05:30:00.000Z', '2026-11-02T06:30:00.000Z']);
  });

  test('assign a window across midnight to the day on which it begins, and keep it open on the next', () => {
    const schedule = { weekdays: ['Sunday'] as const, period: { start: 22 * 60, end: 120 } };
    expect(starts(schedule, '2026-11-23T01:59:00Z', 1)).toEqual(['2026-11-22T22:00:00.000Z']);
    expect(starts(schedule, '2026-11-23T02:00:00Z', 1)).toEqual(['2026-11-29T22:00:00.000Z']);
  });

  test('keep the weekday of a start in a skipped hour that ends at midnight', () => {
    // Greenland goes from Saturday 23:00 to Sunday 0:00.
    const schedule = { period: { start: 23 * 60 + 30, end: 0 }, timezone: 'America/Nuuk' };
    const [window] = windowsEndingAfter({ ...schedule, weekdays: ['Saturday'] }, Date.parse('2026-03-26T00:00:00Z'), 1);
    expect(window).toEqual({
      start: Date.parse('2026-03-29T01:30:00Z'),
      end: Date.parse('2026-03-29T02:00:00Z'),
      weekday: 'Saturday',
    });
  });

  test('end a window of nearly a day where the next one begins, even if its end is skipped', () => {
    const schedule: Schedule = {
      weekdays: WEEKDAYS,
      period: { start: 180, end: 150 },
      timezone: 'America/New_York',
    };
    const windows = windowsEndingAfter(schedule, Date.parse('2026-03-07T12:00:00Z'), 2);
    expect(windows.map(({ start, end }) => [iso(start), iso(end)])).toEqual([
      ['2026-03-07T08:00:00.000Z', '2026-03-08T07:00:00.000Z'],
      ['2026-03-08T07:00:00.000Z', '2026-03-09T06:30:00.000Z'],
    ]);
  });

  test('do not exist without weekdays', () => {
    expect(starts({ weekdays: [] }, '2026-11-22T00:00:00Z', 3)).toEqual([]);
  });
});

describe('laws over every zone from 2020 to 2040', () => {
  test('gives every day around a clock change its window, at its weekday and time, or where a skipped time moves to', () => {
    let changes = 0;
    let moved = 0;
    for (const [position, zone] of ZONES.entries()) {
      // A zone's rules repeat each year: two of its changes, different from its neighbour's.
      const all = transitions(zone);
      const chosen = all.length < 3 ? all : [all[position % all.length], all[(position * 7 + 1) % all.length]];
      for (const change of new Set(chosen.filter((each) => each !== undefined))) {
        changes += 1;
        const jump = Math.round((offsetOf(zone, change) - offsetOf(zone, change - 60_000)) / 60_000);
        // The first minute that is skipped or repeated, those beside it, the middle and the end, a quarter past and half a day away.
        const atChange = Math.round((wallTime(zone, change) % DAY) / 60_000) - Math.max(jump, 0);
        for (const shift of [-1, 0, 15, Math.trunc(Math.abs(jump) / 2), Math.abs(jump), 720]) {
          const start = (((atChange + shift) % 1440) + 1440) % 1440;
          const length = shift === 0 ? 1440 - 15 : 45;
          const schedule: Schedule = {
            weekdays: WEEKDAYS,
            period: { start, end: (start + length) % 1440 },
            timezone: zone,
          };
          const windows = windowsEndingAfter(schedule, change - 2 * DAY, 5);
          const where = `${zone} ${iso(change)} ${start}`;
          for (const [index, window] of windows.entries()) {
            const previous = windows[index - 1];
            expect(window.end, where).toBeGreaterThan(window.start);
            if (previous !== undefined) {
              // Each weekday follows the previous one: no window is lost or doubled.
              const after = WEEKDAYS[(WEEKDAYS.indexOf(previous.weekday) + 1) % 7];
              expect(window.weekday, where).toBe(after);
              expect(window.start, where).toBeGreaterThanOrEqual(previous.end);
            }
            const shown = shownAt(zone, window.start);
            if (shown === `${window.weekday} ${start}`) {
              // The first of a time that occurs twice.
              expect(shownAt(zone, window.start - Math.abs(jump) * 60_000), where).not.toBe(jump < 0 ? shown : '');
              continue;
            }
            // The clock skips it: it moves forward as far as the clock does.
            moved += 1;
            expect(jump, where).toBeGreaterThan(0);
            expect(window.start, where).toBeGreaterThanOrEqual(change);
            expect(window.start, where).toBeLessThan(change + jump * 60_000);
            const days = window.weekday === shown.split(' ')[0] ? 0 : 1440;
            expect(Number(shown.split(' ')[1]) + days, where).toBe(start + jump);
          }
        }
      }
    }
    expect(changes).toBeGreaterThan(250);
    expect(moved).toBeGreaterThan(200);
  });

  test("yields the next window when asked at a window's end: none twice, none left out", () => {
    const schedules = fc.record({
      weekdays: fc.subarray([...WEEKDAYS], { minLength: 1 }),
      period: fc
        .record({ start: fc.integer({ min: 0, max: 1439 }), end: fc.integer({ min: 0, max: 1439 }) })
        .filter(({ start, end }) => start !== end),
      timezone: fc.constantFrom(...ZONES),
    });
    fc.assert(
      fc.property(schedules, fc.integer({ min: FROM, max: UNTIL }), (schedule, after) => {
        const together = windowsEndingAfter(schedule, after, 8);
        let position = after;
        for (const window of together) {
          const [next] = windowsEndingAfter(schedule, position, 1);
          expect(next).toEqual(window);
          position = window.end;
        }
      }),
    );
  });

  test('finds an instant from its local time, unless the clock shows it twice', () => {
    fc.assert(
      fc.property(fc.constantFrom(...ZONES), fc.integer({ min: FROM, max: UNTIL }), (zone, instant) => {
        const whole = instant - (instant % 1000);
        const found = instantOf(zone, wallTime(zone, whole));
        expect(wallTime(zone, found)).toBe(wallTime(zone, whole));
        expect(found).toBeLessThanOrEqual(whole);
      }),
    );
  });
});
