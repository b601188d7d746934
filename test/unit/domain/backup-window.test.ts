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
} from '../../../functions/domain/backup-window.ts';
import { instantOf, isTimeZone, wallTime } from '../../../functions/domain/time-zone.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const FROM = Date.UTC(2024, 0, 1);
const UNTIL = Date.UTC(2034, 0, 1);
const ZONES = Intl.supportedValuesOf('timeZone');

const iso = (instant: number): string => new Date(instant).toISOString();

function starts(schedule: Partial<Schedule>, after: string, count: number): string[] {
  const whole: Schedule = { weekdays: WEEKDAYS, period: { start: 0, end: 60 }, timezone: 'UTC', ...schedule };
  return windowsEndingAfter(whole, Date.parse(after), count).map(({ start }) => iso(start));
}

/** Where the zone's offset changes between two instants; half-hours are the finest step that any zone's clock takes. */
function transitions(zone: string): number[] {
  const offset = (instant: number) => wallTime(zone, instant) - instant;
  const found: number[] = [];
  for (let week = FROM; week < UNTIL; week += 7 * DAY) {
    let [low, high] = [week, week + 7 * DAY];
    if (offset(low) === offset(high)) continue;
    while (high - low > 60_000) {
      const middle = low + Math.floor((high - low) / 120_000) * 60_000;
      if (middle === low) break;
      if (offset(middle) === offset(low)) low = middle;
      else high = middle;
    }
    found.push(high);
  }
  return found;
}

describe('reading a strategy', () => {
  test.each([
    ['Monday,Tuesday', 'Monday,Tuesday'],
    [' sunday , MONDAY,monday', 'Monday,Sunday'],
    ['', ''],
    ['  ', ''],
  ])('weekdays %j are answered as %j', (given, normalized) => {
    expect(formatWeekdays(parseWeekdays(given) ?? [])).toBe(normalized);
  });

  test.each(['Mon', 'Monday;Tuesday', 'Monday,,Tuesday', 'Funday'])('weekdays %j are refused', (given) => {
    expect(parseWeekdays(given)).toBeUndefined();
  });

  test.each(['25:00-3:00', '24:00-3:00', '7:60-9:00', '7-9', '7:00', '', '7:00-24:01', '-1:00-2:00'])(
    'period %j is refused',
    (given) => {
      expect(parsePeriod(given)).toBeUndefined();
    },
  );

  test('what is formatted is read back as it was', () => {
    const minute = fc.integer({ min: 0, max: 1439 });
    fc.assert(
      fc.property(fc.record({ start: minute, end: minute }), (period: Period) => {
        expect(parsePeriod(formatPeriod(period))).toEqual(period);
      }),
    );
  });

  test('an offset or an unknown name is no time zone', () => {
    expect(['UTC', 'Europe/Berlin', 'Asia/Kathmandu'].every(isTimeZone)).toBe(true);
    expect(['+02:00', '', 'Mars/Olympus', 'Europe/Berlin '].some(isTimeZone)).toBe(false);
  });
});

describe('windows of known clock changes', () => {
  test('a start that the clock skips moves forward', () => {
    expect(
      starts({ timezone: 'America/New_York', period: { start: 150, end: 180 } }, '2026-03-08T00:00:00Z', 2),
    ).toEqual(['2026-03-08T07:30:00.000Z', '2026-03-09T06:30:00.000Z']);
  });

  test('a start that the clock shows twice is its first', () => {
    expect(
      starts({ timezone: 'America/New_York', period: { start: 90, end: 120 } }, '2026-11-01T00:00:00Z', 2),
    ).toEqual(['2026-11-01T05:30:00.000Z', '2026-11-02T06:30:00.000Z']);
  });

  test('a window across midnight belongs to the day on which it begins, and is open on the next', () => {
    const schedule = { weekdays: ['Sunday'] as const, period: { start: 22 * 60, end: 120 } };
    expect(starts(schedule, '2026-11-23T01:59:00Z', 1)).toEqual(['2026-11-22T22:00:00.000Z']);
    expect(starts(schedule, '2026-11-23T02:00:00Z', 1)).toEqual(['2026-11-29T22:00:00.000Z']);
  });

  test('no weekday, no window', () => {
    expect(starts({ weekdays: [] }, '2026-11-22T00:00:00Z', 3)).toEqual([]);
  });
});

describe('laws over every zone and ten years', () => {
  test('around each change of the clock every day has one window, in order, at its time on the wall', () => {
    let changes = 0;
    for (const zone of ZONES) {
      for (const change of transitions(zone)) {
        changes += 1;
        // Starts before, in and after the hours that are skipped or repeated.
        const nearMidnight = wallTime(zone, change) % DAY;
        for (const shift of [-30, 0, 30]) {
          const start = (((Math.floor(nearMidnight / 60_000) + shift) % 1440) + 1440) % 1440;
          const schedule: Schedule = {
            weekdays: WEEKDAYS,
            period: { start, end: (start + 45) % 1440 },
            timezone: zone,
          };
          const windows = windowsEndingAfter(schedule, change - 2 * DAY, 4);
          for (const [index, window] of windows.entries()) {
            const previous = windows[index - 1];
            const where = `${zone} ${iso(change)} ${start}`;
            expect(window.end, where).toBeGreaterThan(window.start);
            if (previous !== undefined) {
              // One window a day: none is skipped (over 27 h apart) and none runs twice (under 21 h).
              expect(window.start - previous.start, where).toBeGreaterThan(21 * HOUR);
              expect(window.start - previous.start, where).toBeLessThan(27 * HOUR);
            }
            // No drift: at its minute, unless the clock skips that minute on that day.
            const shown = Math.floor((wallTime(zone, window.start) % DAY) / 60_000);
            if (shown !== start) expect(Math.abs(window.start - change), where).toBeLessThan(3 * HOUR);
          }
        }
      }
    }
    expect(changes).toBeGreaterThan(1_000);
  });

  test('asking again at the end of a window yields the next one: no window twice, none left out', () => {
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

  test('an instant is found again from what the wall shows, unless the clock shows it twice', () => {
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
