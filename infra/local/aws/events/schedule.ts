const UNIT_MINUTES: Readonly<Record<string, number>> = { minute: 1, hour: 60, day: 1440 };
const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

/** Returns whether a rule is due in the minute that begins at `time`; `minutesRunning` is the age of the rule. */
export type IsDue = (time: Date, minutesRunning: number) => boolean;

/**
 * Compiles `rate(…)` and `cron(minutes hours day-of-month month day-of-week year)`, in UTC. Source: EventBridge user guide, "Setting a
 * schedule pattern". Throws for what it does not support (`L`, `W`, `#`).
 */
export function compileSchedule(expression: string): IsDue {
  const [, value = '', unit = ''] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  const unitMinutes = UNIT_MINUTES[unit];
  if (unitMinutes !== undefined) {
    const every = Number(value) * unitMinutes;
    return (_time, minutesRunning) => minutesRunning > 0 && minutesRunning % every === 0;
  }
  const fields = /^cron\((.+)\)$/.exec(expression)?.[1]?.split(/\s+/) ?? [];
  const [minutes = '', hours = '', monthDay = '', month = '', weekday = '', year = ''] = fields;
  if (fields.length !== 6) throw new Error(`the local EventBridge does not support the schedule "${expression}"`);
  const matches = [
    compileField(minutes, 0, 59, (time) => time.getUTCMinutes()),
    compileField(hours, 0, 23, (time) => time.getUTCHours()),
    compileField(monthDay, 1, 31, (time) => time.getUTCDate()),
    compileField(numbered(month, MONTHS, 1), 1, 12, (time) => time.getUTCMonth() + 1),
    // AWS counts weekdays from Sunday = 1.
    compileField(numbered(weekday, WEEKDAYS, 1), 1, 7, (time) => time.getUTCDay() + 1),
    compileField(year, 1970, 2199, (time) => time.getUTCFullYear()),
  ];
  return (time) => matches.every((match) => match(time));
}

function numbered(field: string, names: readonly string[], first: number): string {
  return field.replaceAll(/[A-Z]{3}/gi, (name) => String(names.indexOf(name.toUpperCase()) + first));
}

/** A list of values, ranges and steps (`1,10-20,0/15`, `*`, `?`). */
function compileField(
  field: string,
  min: number,
  max: number,
  fieldOf: (time: Date) => number,
): (time: Date) => boolean {
  const allowed = new Set<number>();
  for (const part of field.split(',')) {
    const [, from = '', to, step] = /^(\*|\?|\d+)(?:-(\d+))?(?:\/(\d+))?$/.exec(part) ?? [];
    if (from === '') throw new Error(`the local EventBridge does not support "${part}" in a cron expression`);
    const open = from === '*' || from === '?';
    const start = open ? min : Number(from);
    const end = to === undefined ? (open || step !== undefined ? max : start) : Number(to);
    for (let value = start; value <= end; value += Number(step ?? 1)) allowed.add(value);
  }
  return (time) => allowed.has(fieldOf(time));
}
