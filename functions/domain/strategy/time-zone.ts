/**
 * Wall clocks of IANA time zones, from the platform's zone data (`Intl`). Instants are milliseconds since the epoch; a
 * wall time is the same number as if its zone were UTC.
 */
const formats = new Map<string, Intl.DateTimeFormat>();

/** @throws RangeError for a zone that the platform does not know */
function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(zone, format);
  }
  return format;
}

/** The format of time zone names. */
export const TIME_ZONE_NAME = '^[A-Za-z][A-Za-z0-9_+/-]{0,63}$';

export function isTimeZone(zone: string): boolean {
  try {
    // Intl accepts an offset ("+02:00"), which is no zone: it would silently ignore daylight saving time.
    return /^[A-Za-z]/.test(zone) && formatOf(zone) !== undefined;
  } catch {
    return false;
  }
}

/** What a wall clock in `zone` shows at `instant`. */
export function wallTime(zone: string, instant: number): number {
  // "12/31/1969, 19:00:00": reading the digits takes less than half the time of `formatToParts`.
  const [month = 1, day = 1, year = 0, hour = 0, minute = 0, second = 0] = formatOf(zone)
    .format(instant)
    .split(/\D+/)
    .map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

const DAY = 86_400_000;

/**
 * When the wall clock shows `wall`. A skipped time moves forward by the length of the skip; of a repeated time, the
 * first counts (RFC 5545 3.3.5; `Temporal` calls it "compatible").
 */
export function instantOf(zone: string, wall: number): number {
  const offsetAt = (instant: number): number => wallTime(zone, instant) - instant;
  const before = offsetAt(wall - DAY);
  const candidates = [before, offsetAt(wall + DAY)];
  const shown = candidates.find((offset) => offsetAt(wall - offset) === offset);
  return wall - (shown ?? before);
}
