const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** `15.4 MiB`. @param bytes a decimal string, as in the API */
export function size(bytes: string | undefined): string {
  if (bytes === undefined) return '';
  let value = Number(bytes);
  let unit = 0;
  for (; value >= 1_024 && unit < UNITS.length - 1; unit++) value /= 1_024;
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit]}`;
}

/** `2026-03-01 07:00:05Z`; empty for a time that is not set. */
export function time(iso: string | undefined): string {
  return iso === undefined || iso.startsWith('0001-') ? '' : `${iso.slice(0, 10)} ${iso.slice(11, 19)}Z`;
}

/** `1 h 04 min`, `3 min 20 s`, `12 s`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const [big, small, units] = whole < 3_600 ? [60, 1, ['min', 's']] : [3_600, 60, ['h', 'min']];
  return `${Math.floor(whole / big)} ${units[0]} ${String(Math.floor((whole % big) / small)).padStart(2, '0')} ${units[1]}`;
}

/** Seconds between two times of the API. */
export function secondsBetween(start: string, end: string): number | undefined {
  if (start.startsWith('0001-') || end.startsWith('0001-')) return undefined;
  return (Date.parse(end) - Date.parse(start)) / 1_000;
}

/** The service's texts may contain control characters, which must not reach a terminal. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, (character) =>
    character === '\n' ? ' ' : `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}
