import { wallTime } from './time-zone.ts';

/** The day, ISO week, month and year of an instant, under their usual, sortable names. */
export interface CalendarPeriods {
  /** `2026-03-01` */
  daily: string;
  /** `2026-W09`: weeks start on Monday, and the week with a year's first Thursday is its first (ISO 8601). */
  weekly: string;
  /** `2026-03` */
  monthly: string;
  /** `2026` */
  yearly: string;
}

const DAY = 86_400_000;
const WEEK = 7 * DAY;

/** @param zone IANA name; @param instant milliseconds since 1970 */
export function calendarPeriods(zone: string, instant: number): CalendarPeriods {
  const wall = wallTime(zone, instant);
  const daily = new Date(wall).toISOString().slice(0, 10);
  return { daily, weekly: isoWeek(wall), monthly: daily.slice(0, 7), yearly: daily.slice(0, 4) };
}

function isoWeek(wall: number): string {
  const day = Math.floor(wall / DAY);
  // Day 0 of the epoch was a Thursday. A week belongs to the year of its Thursday.
  const fromMonday = (((day + 3) % 7) + 7) % 7;
  const thursday = (day - fromMonday + 3) * DAY;
  const year = new Date(thursday).getUTCFullYear();
  const week = Math.floor((thursday - Date.UTC(year, 0, 1)) / WEEK) + 1;
  return `${year}-W${String(week).padStart(2, '0')}`;
}
