import { type Schedule, windowsEndingAfter } from '../../../../functions/domain/strategy/backup-window.ts';
import { wallTime } from '../../../../functions/domain/strategy/time-zone.ts';

/** A window as the strategy editor shows it. */
export interface PreviewedRun {
  readonly start: number;
  readonly end: number;
  /** What the zone's clock does between the run before and this one, or during it. */
  readonly clockChange?: string;
}

/** The next windows of a schedule, with every change of the clock among them. */
export function previewRuns(schedule: Schedule, after: number, count: number): PreviewedRun[] {
  const offsetAt = (instant: number) =>
    wallTime(schedule.timezone, Math.floor(instant / 1_000) * 1_000) - Math.floor(instant / 1_000) * 1_000;
  let before = offsetAt(after);
  return windowsEndingAfter(schedule, after, count).map(({ start, end }) => {
    const change = offsetAt(end) - before;
    before = offsetAt(end);
    return { start, end, ...(change !== 0 && { clockChange: describeChange(change) }) };
  });
}

/** When the zone's clock changes next, within a year; undefined: it does not. */
export function nextClockChange(timezone: string, after: number): number | undefined {
  const DAY = 86_400_000;
  const offsetAt = (instant: number) => wallTime(timezone, instant) - instant;
  let low = Math.floor(after / 60_000) * 60_000;
  const offset = offsetAt(low);
  let high = low;
  while (offsetAt(high) === offset) {
    if (high - after > 366 * DAY) return undefined;
    low = high;
    high += DAY;
  }
  while (high - low > 60_000) {
    const middle = Math.floor((low + high) / 120_000) * 60_000;
    if (offsetAt(middle) === offset) low = middle;
    else high = middle;
  }
  return high;
}

function describeChange(ms: number): string {
  const minutes = Math.abs(ms) / 60_000;
  const amount = minutes % 60 === 0 ? `${minutes / 60} h` : `${minutes} min`;
  return `clocks go ${ms > 0 ? 'forward' : 'back'} ${amount}`;
}
