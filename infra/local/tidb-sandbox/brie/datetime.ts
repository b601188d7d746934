import { SqlError } from '../sql/errors.ts';
import { formatDatetime, microsOfDatetime, parseDatetime } from '../types/temporal.ts';

/** A time of a job in the session's time zone; TiDB's zero date for what has not happened yet. */
export function datetimeAt(millis: number | undefined, utcOffsetMinutes: number): string {
  if (millis === undefined) return '0000-00-00 00:00:00';
  return formatDatetime(BigInt(Math.floor(millis / 1000) + utcOffsetMinutes * 60) * 1_000_000n, 0);
}

/** A datetime literal in the session's time zone, as Unix milliseconds. Throws 1292. */
export function millisOfDatetime(text: string, utcOffsetMinutes: number): number {
  const datetime = parseDatetime(text, 6);
  if (datetime === undefined) throw new SqlError(1292, `Incorrect datetime value: '${text}'`);
  return Number(microsOfDatetime(datetime) / 1000n) - utcOffsetMinutes * 60_000;
}
