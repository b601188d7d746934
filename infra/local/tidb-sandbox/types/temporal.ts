/**
 * Dates and times in MySQL's format. `date`, `datetime` and `timestamp` are canonical strings with a fixed width per type, comparable as
 * text; `time` has a sign and up to 838 hours.
 */
export type DateParts = readonly [
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
  micros: number,
];

const datetimePattern =
  /^\s*(\d{4}|\d{2})[-/.](\d{1,2})[-/.](\d{1,2})(?:(?:[T ]+)(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d*))?)?)?\s*$/;
const compactPattern = /^\s*(\d{4})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2})(?:\.(\d+))?)?\s*$/;
const timePattern = /^\s*(-?)(?:(\d+) )?(\d{1,3}):(\d{1,2})(?::(\d{1,2})(?:\.(\d*))?)?\s*$/;

const MICROS_PER_SECOND = 1_000_000n;
const MAX_TIME_MICROS = 838n * 3600n * MICROS_PER_SECOND + 3599n * MICROS_PER_SECOND;
/** 9999-12-31 23:59:59.999999 */
const MAX_DATETIME_MICROS = BigInt(Date.UTC(9999, 11, 31, 23, 59, 59)) * 1000n + 999_999n;

/**
 * Reads a date or datetime and rounds it to `fsp` fraction digits; `undefined` if invalid. Zero dates are refused, as in the default SQL
 * mode (NO_ZERO_DATE, NO_ZERO_IN_DATE).
 */
export function parseDatetime(text: string, fsp: number): string | undefined {
  const match = datetimePattern.exec(text) ?? compactPattern.exec(text);
  if (!match) return undefined;
  const [, year = '', month, day, hour = '0', minute = '0', second = '0', fraction = ''] = match;
  // Two-digit years: 70-99 are 1970-1999, 00-69 are 2000-2069 (MySQL, two-digit years in dates).
  const fullYear = year.length === 2 ? Number(year) + (Number(year) < 70 ? 2000 : 1900) : Number(year);
  const [m, d, h, i, s] = [month, day, hour, minute, second].map(Number) as [number, number, number, number, number];
  if (m < 1 || m > 12 || d < 1 || d > daysInMonth(fullYear, m) || h > 23 || i > 59 || s > 59) return undefined;
  const seconds = utcMillis(fullYear, m, d, h, i, s);
  const micros = BigInt(seconds) * 1000n + roundedMicros(fraction, fsp);
  return micros > MAX_DATETIME_MICROS ? undefined : formatDatetime(micros, fsp);
}

/** Reads `[-][d ]h:mm[:ss[.f]]` or a number `hhmmss`; `undefined` if invalid or beyond ±838:59:59. */
export function parseTime(text: string, fsp: number): string | undefined {
  const match = timePattern.exec(text);
  if (match) {
    const [, sign, days = '0', hours = '0', minutes = '0', seconds = '0', fraction = ''] = match;
    return timeOf(sign === '-', Number(days) * 24 + Number(hours), Number(minutes), Number(seconds), fraction, fsp);
  }
  const compact = /^\s*(-?)(\d{1,7})(?:\.(\d*))?\s*$/.exec(text);
  if (!compact) return undefined;
  const [, sign, number = '0', fraction = ''] = compact;
  const digits = number.padStart(7, '0');
  return timeOf(
    sign === '-',
    Number(digits.slice(0, -4)),
    Number(digits.slice(-4, -2)),
    Number(digits.slice(-2)),
    fraction,
    fsp,
  );
}

function timeOf(negative: boolean, h: number, m: number, s: number, fraction: string, fsp: number): string | undefined {
  if (m > 59 || s > 59) return undefined;
  const micros = BigInt(h * 3600 + m * 60 + s) * MICROS_PER_SECOND + roundedMicros(fraction, fsp);
  if (micros > MAX_TIME_MICROS) return undefined;
  return formatTime(negative ? -micros : micros, fsp);
}

/** `micros` since 1970-01-01 UTC. */
export function formatDatetime(micros: bigint, fsp: number): string {
  const seconds = floorDiv(micros, MICROS_PER_SECOND);
  const date = new Date(Number(seconds) * 1000);
  const text = `${pad(date.getUTCFullYear(), 4)}-${pad(date.getUTCMonth() + 1, 2)}-${pad(date.getUTCDate(), 2)} ${pad(
    date.getUTCHours(),
    2,
  )}:${pad(date.getUTCMinutes(), 2)}:${pad(date.getUTCSeconds(), 2)}`;
  return text + fractionText(micros - seconds * MICROS_PER_SECOND, fsp);
}

export function formatTime(micros: bigint, fsp: number): string {
  const magnitude = micros < 0n ? -micros : micros;
  const seconds = Number(magnitude / MICROS_PER_SECOND);
  const text = `${pad(Math.floor(seconds / 3600), 2)}:${pad(Math.floor(seconds / 60) % 60, 2)}:${pad(seconds % 60, 2)}`;
  return (micros < 0n ? '-' : '') + text + fractionText(magnitude % MICROS_PER_SECOND, fsp);
}

/** Microseconds since 1970-01-01 UTC of a canonical date or datetime. */
export function microsOfDatetime(text: string): bigint {
  const [year, month, day, hour, minute, second, micros] = datePartsOf(text);
  return BigInt(utcMillis(year, month, day, hour, minute, second)) * 1000n + BigInt(micros);
}

/** The parts of a canonical date or datetime. */
export function datePartsOf(text: string): DateParts {
  const number = (from: number, to: number) => Number(text.slice(from, to));
  return [
    number(0, 4),
    number(5, 7),
    number(8, 10),
    number(11, 13),
    number(14, 16),
    number(17, 19),
    Number(text.slice(20).padEnd(6, '0')),
  ];
}

/** Microseconds, with their sign, of a canonical time. */
export function microsOfTime(text: string): bigint {
  const negative = text.startsWith('-');
  const [hours = '0', minutes = '0', rest = '0'] = text.slice(negative ? 1 : 0).split(':');
  const [seconds = '0', fraction = ''] = rest.split('.');
  const whole = BigInt(Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * MICROS_PER_SECOND;
  const micros = whole + BigInt(fraction.padEnd(6, '0'));
  return negative ? -micros : micros;
}

/** Fraction digits as microseconds, rounded half up to `fsp` digits; may reach a whole second. */
function roundedMicros(fraction: string, fsp: number): bigint {
  const digits = BigInt(fraction.padEnd(7, '0').slice(0, 7));
  const unit = 10n ** BigInt(7 - fsp);
  return (((digits + unit / 2n) / unit) * unit) / 10n;
}

function fractionText(micros: bigint, fsp: number): string {
  return fsp === 0 ? '' : `.${micros.toString().padStart(6, '0').slice(0, fsp)}`;
}

function utcMillis(year: number, month: number, day: number, hour: number, minute: number, second: number): number {
  // Date.UTC maps the years 0 to 99 to 1900 to 1999; setUTCFullYear does not.
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  return date.getTime();
}

function daysInMonth(year: number, month: number): number {
  return new Date(utcMillis(year, month + 1, 0, 0, 0, 0)).getUTCDate();
}

function floorDiv(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  return dividend % divisor < 0n ? quotient - 1n : quotient;
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0');
}
