import * as z from 'zod/mini';
import { described } from '../shared/described.ts';
import { type Schedule, windowsEndingAfter } from './backup-window.ts';
import { wallTime } from './time-zone.ts';

const previewedWindow = z.object({
  start: z.iso.datetime(),
  end: z.iso.datetime(),
  clockShiftMinutes: described(
    z.optional(z.number()),
    'By how much the clock of the zone moves between the window before and the end of this one; omitted if it does not',
  ),
});

/** The windows that a strategy would have. */
export const strategyPreview = z
  .object({
    windows: described(
      z.array(previewedWindow),
      'The next six, with one that is open; empty if no backup would start by itself',
    ),
    clockChange: described(
      z.optional(z.object({ at: z.iso.datetime(), windows: z.array(previewedWindow) })),
      'When the clock of the zone changes next, with the windows of the week before and after; omitted if it does not within a year',
    ),
  })
  .register(z.globalRegistry, { id: 'StrategyPreview' });
export type StrategyPreview = z.infer<typeof strategyPreview>;

const WINDOWS = 6;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const WEEK_MS = 7 * DAY_MS;
/** A window a day, and those that begin or end outside of the two weeks. */
const WINDOWS_OF_TWO_WEEKS = 16;

export function previewOf(schedule: Schedule & { paused: boolean }, now: number): StrategyPreview {
  if (schedule.paused || schedule.weekdays.length === 0) return { windows: [] };
  const windows = previewedWindows(schedule, now, WINDOWS);
  const at = nextClockChange(schedule.timezone, now);
  if (at === undefined) return { windows };
  const around = previewedWindows(schedule, at - WEEK_MS, WINDOWS_OF_TWO_WEEKS).filter(
    ({ start }) => Date.parse(start) < at + WEEK_MS,
  );
  return { windows, clockChange: { at: new Date(at).toISOString(), windows: around } };
}

function previewedWindows(schedule: Schedule, after: number, count: number): StrategyPreview['windows'] {
  let before = offsetAt(schedule.timezone, after);
  return windowsEndingAfter(schedule, after, count).map(({ start, end }) => {
    const offset = offsetAt(schedule.timezone, end);
    const shift = (offset - before) / MINUTE_MS;
    before = offset;
    return {
      start: new Date(start).toISOString(),
      end: new Date(end).toISOString(),
      ...(shift !== 0 && { clockShiftMinutes: shift }),
    };
  });
}

/** When the clock of the zone changes next, within a year and to the minute; `undefined` if it does not. */
function nextClockChange(timezone: string, after: number): number | undefined {
  const offset = offsetAt(timezone, after);
  let low = Math.floor(after / MINUTE_MS) * MINUTE_MS;
  let high = low;
  while (offsetAt(timezone, high) === offset) {
    if (high - after > 366 * DAY_MS) return undefined;
    low = high;
    high += DAY_MS;
  }
  while (high - low > MINUTE_MS) {
    const middle = Math.floor((low + high) / 2 / MINUTE_MS) * MINUTE_MS;
    if (offsetAt(timezone, middle) === offset) low = middle;
    else high = middle;
  }
  return high;
}

function offsetAt(timezone: string, instant: number): number {
  // Wall times are whole seconds.
  const second = Math.floor(instant / 1_000) * 1_000;
  return wallTime(timezone, second) - second;
}
