export const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** In the API's form: `Monday,Friday`. */
export function weekdaysOf(text = ''): Weekday[] {
  const names = text.split(',');
  return WEEKDAYS.filter((day) => names.includes(day));
}

/** Whether the API accepts it: `22:00-2:00`. */
export function isPeriod(text: string): boolean {
  return /^\s*([01]?\d|2[0-3]):[0-5]\d\s*-\s*(([01]?\d|2[0-3]):[0-5]\d|24:00)\s*$/.test(text);
}

export function isTimeZone(zone: string): boolean {
  try {
    // An offset is no zone: it would ignore daylight saving time.
    return /^[A-Za-z]/.test(zone) && new Intl.DateTimeFormat('en', { timeZone: zone }) !== undefined;
  } catch {
    return false;
  }
}

export function describeShift(minutes: number): string {
  const amount = Math.abs(minutes) % 60 === 0 ? `${Math.abs(minutes) / 60} h` : `${Math.abs(minutes)} min`;
  return `clocks go ${minutes > 0 ? 'forward' : 'back'} ${amount}`;
}
