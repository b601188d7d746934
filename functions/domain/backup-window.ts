import { instantOf, wallTime } from './time-zone.ts';

/** TiEM's weekday names, in the order in which a strategy is answered. */
export const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** Minutes after midnight on the wall clock. An end that is not after the start is on the next day. */
export interface Period {
  readonly start: number;
  readonly end: number;
}

/** When automatic backups of a cluster may start. */
export interface Schedule {
  readonly weekdays: readonly Weekday[];
  readonly period: Period;
  /** IANA name. */
  readonly timezone: string;
}

/** One occurrence of a schedule, in milliseconds since the epoch; `end` itself is outside. */
export interface BackupWindow {
  readonly start: number;
  readonly end: number;
}

/**
 * `"Monday,tuesday"` in any order, case and spacing.
 * @returns the days once each, Monday first; undefined when a name is none
 */
export function parseWeekdays(text: string): Weekday[] | undefined {
  if (text.trim() === '') return [];
  const names = text.split(',').map((name) => name.trim().toLowerCase());
  const days = WEEKDAYS.filter((day) => names.includes(day.toLowerCase()));
  return names.every((name) => days.some((day) => day.toLowerCase() === name)) ? days : undefined;
}

export function formatWeekdays(days: readonly Weekday[]): string {
  return days.join(',');
}

/** `"7:00-9:00"`, `"22:30-2:15"`, `"20:00-24:00"`. @returns undefined when it is not of that form */
export function parsePeriod(text: string): Period | undefined {
  const match = /^(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})$/.exec(text.trim());
  if (match === null) return undefined;
  const [startHour = 0, startMinute = 0, endHour = 0, endMinute = 0] = match.slice(1).map(Number);
  const start = startHour * 60 + startMinute;
  const end = endHour * 60 + endMinute;
  if (startMinute > 59 || endMinute > 59 || start >= MINUTES_A_DAY || end > MINUTES_A_DAY) return undefined;
  return { start, end: end % MINUTES_A_DAY };
}

export function formatPeriod({ start, end }: Period): string {
  return `${formatMinutes(start)}-${formatMinutes(end)}`;
}

const MINUTE = 60_000;
const MINUTES_A_DAY = 24 * 60;
const DAY = MINUTES_A_DAY * MINUTE;

/** The next windows that end after `after`, earliest first: one that is open at `after` is among them. */
export function windowsEndingAfter(schedule: Schedule, after: number, count: number): BackupWindow[] {
  const found: BackupWindow[] = [];
  if (schedule.weekdays.length === 0) return found;
  // Two days back: a window may have begun yesterday on the wall clock, and a skipped day pushes it further.
  let day = startOfDay(wallTime(schedule.timezone, after)) - 2 * DAY;
  while (found.length < count) {
    if (schedule.weekdays.includes(weekdayOf(day))) {
      const window = windowOn(schedule, day);
      // A day that the zone skips (Samoa, 2011) pushes its window onto the next day's: that is one window.
      if (window.end > after && window.start !== found.at(-1)?.start) found.push(window);
    }
    day += DAY;
  }
  return found;
}

/** The window of one day. `day` is that day's midnight on the wall clock. */
function windowOn({ period, timezone }: Schedule, day: number): BackupWindow {
  const minutes = (period.end - period.start + MINUTES_A_DAY) % MINUTES_A_DAY || MINUTES_A_DAY;
  const wallStart = day + period.start * MINUTE;
  const start = instantOf(timezone, wallStart);
  const end = instantOf(timezone, wallStart + minutes * MINUTE);
  // A start that was moved forward may land behind its end; the window is kept, at its full length.
  return { start, end: end > start ? end : start + minutes * MINUTE };
}

/** @param instant milliseconds since the epoch */
export function weekdayAt(timezone: string, instant: number): Weekday {
  return weekdayOf(startOfDay(wallTime(timezone, instant)));
}

function startOfDay(wall: number): number {
  return Math.floor(wall / DAY) * DAY;
}

function weekdayOf(day: number): Weekday {
  // Day 0 of the epoch was a Thursday.
  const position = (((day / DAY + 3) % 7) + 7) % 7;
  return WEEKDAYS[position] ?? 'Monday';
}

function formatMinutes(minutes: number): string {
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}`;
}
