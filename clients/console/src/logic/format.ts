const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** "1.5 GiB". @param bytes a decimal string from the API, or a number */
export function formatBytes(bytes: string | number | undefined): string {
  if (bytes === undefined) return '–';
  let value = Number(bytes);
  let unit = 0;
  while (value >= 1_024 && unit < UNITS.length - 1) {
    value /= 1_024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(value < 10 ? 2 : 1)} ${UNITS[unit]}`;
}

/** "9,007,199,254,740,993". @param count a decimal string of any length */
export function formatCount(count: string | undefined): string {
  return count === undefined ? '–' : BigInt(count).toLocaleString('en-US');
}

/** "2 d 3 h", "5 min 2 s", "1.4 s": two units at most. */
export function formatDuration(ms: number): string {
  if (ms > 0 && ms < 10_000) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.max(0, Math.round(ms / 1_000));
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3_600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  if (first < 0) return '0 s';
  const shown = parts.slice(first, first + 2).filter(([count]) => count > 0);
  return shown.map(([count, unit]) => `${count} ${unit}`).join(' ');
}

/** TiEM's zero time means "not set". */
export function timeOf(text: string | undefined): number | undefined {
  return text === undefined || text.startsWith('0001-') ? undefined : Date.parse(text);
}

/** "2 h ago", "in 3 d". */
export function formatAgo(time: string, now: number): string {
  const ms = now - Date.parse(time);
  if (Math.abs(ms) < 10_000) return 'just now';
  return ms >= 0 ? `${formatDuration(ms)} ago` : `in ${formatDuration(-ms)}`;
}

/** "Sun, Mar 29, 2026, 02:00 GMT+1". @param timeZone defaults to the viewer's */
export function formatTime(time: string | number, timeZone?: string): string {
  return new Intl.DateTimeFormat('en-US', {
    ...{ weekday: 'short', year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' },
    hourCycle: 'h23',
    timeZoneName: 'short',
    ...(timeZone !== undefined && { timeZone }),
  }).format(typeof time === 'number' ? time : Date.parse(time));
}

/** A moment in a strategy's zone, and in the viewer's if that differs. */
export function formatInZones(time: string | number, timeZone: string): string {
  const [there, here] = [formatTime(time, timeZone), formatTime(time)];
  return there === here ? there : `${there} (${here} your time)`;
}

/** "full, auto" */
export function formatType(type: 'full' | 'incr', mode: string): string {
  return `${type === 'full' ? 'full' : 'incremental'}, ${mode}`;
}

/** "$0.02 a month"; amounts below a cent in words. */
export function formatUsd(usd: number): string {
  if (usd !== 0 && Math.abs(usd) < 0.01) return usd < 0 ? 'less than $0.01 saved' : 'less than $0.01';
  return `${usd < 0 ? '−' : ''}$${Math.abs(usd).toFixed(2)}`;
}
