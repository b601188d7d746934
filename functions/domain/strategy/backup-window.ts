import { inAnyCase } from '../shared/described.ts';
import { instantOf, wallTime } from './time-zone.ts';

/** TiEM's weekday names, in the order in which strategies are returned. */
export const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** Minutes after midnight on the wall clock. An end at or before the start is on the next day. */
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

/**
 * One occurrence of a schedule, in milliseconds since the epoch; `end` is exclusive. Windows of a schedule never
 * overlap.
 */
export interface BackupWindow {
  readonly start: number;
  readonly end: number;
  /**
   * The weekday that the schedule names. `start` may be on the next day, if the clock skips the last hour of this one.
   */
  readonly weekday: Weekday;
}

/**
 * Parses `"Monday,tuesday"` in any order, case and spacing.
 * @returns each day once, Monday first; `undefined` if a name is invalid
 */
export function parseWeekdays(text: string): Weekday[] | undefined {
  if (text.trim() === '') return [];
  const names = text.split(',').map((name) => name.trim().toLowerCase());
  const days = WEEKDAYS.filter((day) => names.includes(day.toLowerCase()));
  return names.every((name) => days.some((day) => day.toLowerCase() === name)) ? days : undefined;
}

/** The names that {@link parseWeekdays} accepts, as a JSON Schema pattern. */
export const WEEKDAYS_PATTERN = (() => {
  const day = `\\s*(${WEEKDAYS.map(inAnyCase).join('|')})\\s*`;
  return `^(\\s*|${day}(,${day})*)$`;
})();

/** What {@link parsePeriod} accepts, as a JSON Schema pattern. */
export const PERIOD_PATTERN = (() => {
  const time = '([01]?\\d|2[0-3]):[0-5]\\d';
  return `^\\s*${time}\\s*-\\s*(${time}|24:00)\\s*$`;
})();

export function formatWeekdays(days: readonly Weekday[]): string {
  return days.join(',');
}

/**
 * Parses `"7:00-9:00"`, `"22:30-2:15"` or `"20:00-24:00"`.
 * @returns `undefined` for any other form
 */
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

/** The next windows that end after `after`, earliest first, including one that is open at `after`. */
export function windowsEndingAfter(schedule: Schedule, after: number, count: number): BackupWindow[] {
  const found: BackupWindow[] = [];
  if (schedule.weekdays.length === 0) return found;
  // Two days back: a window may have started yesterday on the wall clock, and a skipped day delays it further.
  let day = startOfDay(wallTime(schedule.timezone, after)) - 2 * DAY;
  let window = windowOn(schedule, day);
  while (found.length < count) {
    day += DAY;
    const next = windowOn(schedule, day);
    if (window !== undefined) {
      // A skipped hour delays the end of a window of nearly a day, and a day that the zone skips (Samoa, 2011) moves
      // its window onto the next day's: the later window wins.
      const end = Math.min(window.end, next?.start ?? window.end);
      if (end > window.start && end > after) found.push({ ...window, end });
    }
    window = next;
  }
  return found;
}

/**
 * The window of one day, given as that day's midnight on the wall clock.
 * @returns `undefined` if the schedule does not include the day
 */
function windowOn({ weekdays, period, timezone }: Schedule, day: number): BackupWindow | undefined {
  const weekday = weekdayOf(day);
  if (!weekdays.includes(weekday)) return undefined;
  const minutes = (period.end - period.start + MINUTES_A_DAY) % MINUTES_A_DAY || MINUTES_A_DAY;
  const wallStart = day + period.start * MINUTE;
  const start = instantOf(timezone, wallStart);
  const end = instantOf(timezone, wallStart + minutes * MINUTE);
  // A delayed start may be after the end: then the window keeps its full length.
  return { start, end: end > start ? end : start + minutes * MINUTE, weekday };
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
