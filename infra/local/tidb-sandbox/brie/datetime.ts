import { SqlError } from '../sql/errors.ts';

/** `YYYY-MM-DD HH:MM:SS` in the session's time zone; TiDB's zero date for what has not happened yet. */
export function formatDatetime(millis: number | undefined, utcOffsetMinutes: number): string {
  if (millis === undefined) return '0000-00-00 00:00:00';
  return new Date(millis + utcOffsetMinutes * 60_000).toISOString().slice(0, 19).replace('T', ' ');
}

/** A datetime literal in the session's time zone, as Unix milliseconds. Throws 1292 as types.ParseTime does. */
export function parseDatetime(text: string, utcOffsetMinutes: number): number {
  const parts = /^\s*(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T](\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,6}))?)?)?\s*$/.exec(
    text,
  );
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = (parts ?? [])
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second, Number((parts?.[7] ?? '').padEnd(3, '0').slice(0, 3)));
  // A day or an hour that does not exist has rolled over into another one.
  const isReal =
    date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day &&
    date.getUTCHours() === hour &&
    minute < 60 &&
    second < 60;
  if (parts === null || !isReal) throw new SqlError(1292, `Incorrect datetime value: '${text}'`);
  return date.getTime() - utcOffsetMinutes * 60_000;
}
