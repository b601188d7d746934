import { describe, expect, it } from 'vitest';
import { UNTIL_CHANGED } from '../../../../functions/domain/cluster/due-store.ts';
import {
  nextRetentionAt,
  planRetention,
  type RetainedBackup,
  type Retention,
  retentionOf,
} from '../../../../functions/domain/strategy/retention.ts';
import { readPage, sectionOf } from '../../../support/docs.ts';

const NOW = Date.parse('2026-03-31T12:00:00.000Z');

const finished = (createTime: string, change: Partial<RetainedBackup> = {}): RetainedBackup => ({
  backupId: createTime,
  backupType: 'full',
  backupMode: 'auto',
  status: 'Finished',
  createTime: `${createTime}${createTime.includes('T') ? '' : 'T07:00'}:00.000Z`,
  ...change,
});
const manual = (createTime: string, change: Partial<RetainedBackup> = {}) =>
  finished(createTime, { backupMode: 'manual', ...change });

/** This many, one a day, the last on `2026-03-31`. */
const daily = (count: number) =>
  Array.from({ length: count }, (_, ago) => finished(new Date(NOW - ago * 86_400_000).toISOString().slice(0, 10)));

const plan = (backups: readonly RetainedBackup[], rule: Retention['rule'], change: Partial<Retention> = {}) =>
  planRetention(backups, { rule, paused: false, timezone: 'UTC', ...change }, NOW);

const keptBy = (...given: Parameters<typeof plan>) =>
  Object.fromEntries(
    plan(...given)
      .decisions.filter(({ action }) => action === 'keep')
      .map(({ backup, reasons }) => [backup.backupId, reasons]),
  );

const reasonsOf = (id: string, ...given: Parameters<typeof plan>) => {
  const decision = plan(...given).decisions.find(({ backup }) => backup.backupId === id);
  return [decision?.action, ...(decision?.reasons ?? [])];
};

/** Old enough for anything, and not the newest. */
const OLD = '2020-05-05';
const NEWEST = finished('2026-03-31');

describe('backups of a TiDB that was registered under the same id before', () => {
  const former = (createTime: string, change: Partial<RetainedBackup> = {}) =>
    finished(createTime, { isOfFormerTidb: true, ...change });

  it('are kept, and do not count for the rule', () => {
    const backups = [NEWEST, former('2026-03-30'), finished('2026-03-29'), former('2020-01-01')];

    expect(keptBy(backups, { keepLast: 1, maxAgeDays: 1_000 })).toEqual({
      '2026-03-31': ['the newest finished backup', 'last 1 of 1'],
      '2026-03-30': [
        'the newest finished backup of the former TiDB',
        'of another TiDB, which was formerly registered under this id',
      ],
      '2020-01-01': ['of another TiDB, which was formerly registered under this id'],
    });
  });

  it('never count as the newest backup of the TiDB registered now', () => {
    const backups = [former('2026-03-31'), finished('2026-02-01')];

    expect(reasonsOf('2026-02-01', backups, { maxAgeDays: 1 })).toEqual(['keep', 'the newest finished backup']);
  });

  it('are removed at their expireAt if they are manual, except the newest', () => {
    const expireAt = '2026-03-01T00:00:00.000Z';
    const isOfFormerTidb = true;
    const backups = [NEWEST, ...['2026-01-02', '2026-01-01'].map((day) => manual(day, { expireAt, isOfFormerTidb }))];

    expect(reasonsOf('2026-01-02', backups, undefined)).toEqual([
      'keep',
      'the newest finished backup of the former TiDB',
    ]);
    expect(reasonsOf('2026-01-01', backups, undefined)[0]).toBe('remove');
  });
});

describe('the rule of a cluster', () => {
  it("counts days in the strategy's time zone, or else the cluster's", () => {
    const strategy = { weekdays: [], period: { start: 0, end: 60 }, timezone: 'Asia/Tokyo', paused: false };

    expect(retentionOf({ timezone: 'Europe/Berlin', strategy })).toHaveProperty('timezone', 'Asia/Tokyo');
    expect(retentionOf({ timezone: 'Europe/Berlin' })).toHaveProperty('timezone', 'Europe/Berlin');
    expect(retentionOf(undefined)).toEqual({ rule: undefined, paused: false, timezone: 'UTC' });
  });
});

describe('grandfather, father and son', () => {
  it('each keep the newest of their periods, and say which', () => {
    const kept = keptBy(daily(500), { keepLast: 2, keepDaily: 3, keepWeekly: 2, keepMonthly: 3, keepYearly: 2 });

    expect(kept).toEqual({
      '2026-03-31': [
        'the newest finished backup',
        'last 1 of 2',
        ...['daily 2026-03-31', 'weekly 2026-W14', 'monthly 2026-03', 'yearly 2026'],
      ],
      '2026-03-30': ['last 2 of 2', 'daily 2026-03-30'],
      '2026-03-29': ['daily 2026-03-29', 'weekly 2026-W13'],
      '2026-02-28': ['monthly 2026-02'],
      '2026-01-31': ['monthly 2026-01'],
      '2025-12-31': ['yearly 2025'],
    });
  });

  it('count only periods with backups: a pause uses up none', () => {
    const kept = keptBy([NEWEST, finished('2024-02-01'), finished('2021-07-01')], { keepWeekly: 2 });

    expect(Object.keys(kept)).toEqual(['2026-03-31', '2024-02-01']);
  });

  it.each([
    ['2026-12-31', '2026-W53'],
    ['2027-01-03', '2026-W53'],
    ['2027-01-04', '2027-W01'],
    ['2024-12-30', '2025-W01'],
    ['2023-01-01', '2022-W52'],
    ['1969-12-28', '1969-W52'],
  ])('put %s in the ISO week %s', (day, week) => {
    const [, ...reasons] = reasonsOf(day, [finished(day)], { keepWeekly: 1 });

    expect(reasons).toContain(`weekly ${week}`);
  });

  it('use the time zone', () => {
    const lateEvening = finished('2026-03-01T03:30');
    const nextMorning = finished('2026-03-01T12:00');

    // In Los Angeles the first of them falls on February's last day.
    expect(keptBy([lateEvening, nextMorning], { keepMonthly: 2 }, { timezone: 'America/Los_Angeles' })).toEqual({
      '2026-03-01T12:00': ['the newest finished backup', 'monthly 2026-03'],
      '2026-03-01T03:30': ['monthly 2026-02'],
    });
    expect(Object.keys(keptBy([lateEvening, nextMorning], { keepMonthly: 2 }))).toEqual(['2026-03-01T12:00']);
  });

  it('count a day of 25 hours as one day, and one of 23 hours too', () => {
    // Berlin: the clock goes back on 2025-10-26 and forward on 2026-03-29.
    const long = [finished('2025-10-25T22:10'), finished('2025-10-26T22:50')];
    const short = [finished('2026-03-28T23:10'), finished('2026-03-29T22:10')];
    const daysOf = (backups: RetainedBackup[]) =>
      Object.values(keptBy(backups, { keepDaily: 9 }, { timezone: 'Europe/Berlin' })).flatMap((reasons) =>
        reasons.filter((reason) => reason.startsWith('daily')),
      );

    expect(daysOf(long)).toEqual(['daily 2025-10-26']);
    expect(daysOf(short)).toEqual(['daily 2026-03-30', 'daily 2026-03-29']);
  });

  it('treat each scope separately: a table does not replace the others', () => {
    const ofTable = finished('2026-03-30', { scopeKey: 'tables:shop.orders' });

    const kept = keptBy([NEWEST, ofTable, finished('2026-03-29')], { keepLast: 1 });

    expect(Object.keys(kept)).toEqual(['2026-03-31', '2026-03-30']);
  });

  it('ignore manual backups, which are not removed and do not replace an automatic one', () => {
    const kept = keptBy([manual('2026-03-31'), finished('2026-03-30'), finished('2026-03-29')], { keepLast: 1 });

    expect(kept).toEqual({
      '2026-03-31': ['the newest finished backup', 'manual, without expireAt'],
      '2026-03-30': ['last 1 of 1'],
    });
  });
});

it('list simultaneous backups by id, in any order of input', () => {
  const first = finished('2026-03-31', { backupId: 'a' });
  const second = finished('2026-03-31', { backupId: 'b' });

  for (const backups of [
    [first, second, NEWEST],
    [NEWEST, second, first],
  ]) {
    const ids = plan(backups, { keepLast: 1 }).decisions.map(({ backup }) => backup.backupId);
    expect(ids).toEqual(['2026-03-31', 'a', 'b']);
  }
});

it('the example in docs/concepts.md is right', () => {
  const rows = [
    ...sectionOf(readPage('docs/concepts.md'), 'Retention').matchAll(
      /^\| `"((?:keep|maxAge)\w+)": (\d+)` +\| (.*) \|$/gm,
    ),
  ];

  const said = rows.map(([, field = '', count, text = '']) => [field, Number(count), text.match(/\d{4}-\d\d-\d\d/g)]);

  expect(said.map(([field]) => field)).toEqual([
    ...['keepLast', 'keepDaily', 'keepWeekly', 'keepMonthly', 'keepYearly', 'maxAgeDays'],
  ]);
  for (const [field, count, days] of said) {
    expect(Object.keys(keptBy(daily(500), { [String(field)]: count }))).toEqual(days);
  }
});

it('need no base for a failed backup or one being deleted; the latter is already decided', () => {
  for (const status of ['Failed', 'Canceled', 'Deleting'] as const) {
    const incr = finished('2026-03-30', { status, backupType: 'incr', base: { backupId: OLD } });
    const backups = [NEWEST, incr, finished(OLD)];

    expect(reasonsOf(OLD, backups, { keepLast: 1 })[0]).toBe('remove');
    expect(reasonsOf('2026-03-30', backups, { keepLast: 1 })[0]).toBe(status === 'Deleting' ? undefined : 'keep');
  }
});

it('do not count a failed or canceled backup in place of a finished one', () => {
  for (const status of ['Failed', 'Canceled'] as const) {
    const backups = [NEWEST, finished('2026-03-30', { status }), finished('2026-03-29')];

    expect(reasonsOf('2026-03-29', backups, { keepLast: 2 })).toEqual(['keep', 'last 2 of 2']);
  }
});

it('remove what no part of the rule keeps, and say so', () => {
  expect(reasonsOf(OLD, [NEWEST, finished(OLD)], { keepLast: 1 })).toEqual([
    'remove',
    'not kept by any part of the rule',
  ]);
});

it('remove a chain that leads back to itself completely', () => {
  const [a, b] = ['2020-01-01', '2020-01-02'];
  const backups = [NEWEST, finished(a, { base: { backupId: b } }), finished(b, { base: { backupId: a } })];

  const { removals } = plan(backups, { keepLast: 1 });

  expect(removals.map(({ backup }) => backup.backupId).sort()).toEqual([a, b]);
});

describe('maxAgeDays', () => {
  it('works alone beside undefined fields', () => {
    const rule = { keepLast: undefined, maxAgeDays: 2 };

    expect(reasonsOf('2026-03-30', daily(3), rule)).toEqual(['keep', 'not older than maxAgeDays 2']);
  });

  it('alone keeps everything younger', () => {
    const kept = keptBy(daily(10), { maxAgeDays: 2 });

    expect(kept).toEqual({
      '2026-03-31': ['the newest finished backup', 'not older than maxAgeDays 2'],
      '2026-03-30': ['not older than maxAgeDays 2'],
    });
  });

  it('ends what the other fields keep', () => {
    const rule = { keepYearly: 5, maxAgeDays: 400 };
    const backups = [NEWEST, finished('2025-12-31'), finished('2024-12-31')];

    expect(reasonsOf('2025-12-31', backups, rule)).toEqual(['keep', 'yearly 2025']);
    expect(reasonsOf('2024-12-31', backups, rule)).toEqual(['remove', 'older than maxAgeDays 400']);
  });

  it('is reached after exactly that many days of 24 hours', () => {
    const old = (ms: number) => finished('old', { createTime: new Date(NOW - 2 * 86_400_000 - ms).toISOString() });

    expect(reasonsOf('old', [NEWEST, old(0)], { maxAgeDays: 2 })[0]).toBe('keep');
    expect(reasonsOf('old', [NEWEST, old(1)], { maxAgeDays: 2 })[0]).toBe('remove');
  });

  it.each(['Failed', 'Canceled'] as const)('alone removes what has %s', (status) => {
    const backups = [NEWEST, finished(OLD, { status })];

    expect(reasonsOf(OLD, backups, { maxAgeDays: 30 })).toEqual(['remove', 'older than maxAgeDays 30']);
    expect(reasonsOf(OLD, backups, { keepLast: 1 })).toEqual(['keep', `${status}, and the rule has no maxAgeDays`]);
  });
});

describe('any rule keeps', () => {
  const STRICT = { keepLast: 1, maxAgeDays: 1 };

  it('the newest finished backup, however old, and the newest of everything behind one of some tables', () => {
    const ofTable = finished('2021-01-01', { scopeKey: 'tables:shop.orders' });

    expect(keptBy([ofTable, finished(OLD), finished('2019-01-01')], STRICT)).toEqual({
      '2021-01-01': ['the newest finished backup'],
      [OLD]: ['the newest finished backup of the whole cluster'],
    });
    expect(plan([ofTable, finished(OLD), finished('2019-01-01')], STRICT).newest).toEqual(['2021-01-01', OLD]);
  });

  it('a locked one, until it is no longer locked', () => {
    const lockedUntil = (ms: number) => new Date(NOW + ms).toISOString();

    expect(reasonsOf(OLD, [NEWEST, finished(OLD, { lockedUntil: lockedUntil(1) })], STRICT)).toEqual([
      'keep',
      `locked until ${lockedUntil(1)}`,
    ]);
    expect(reasonsOf(OLD, [NEWEST, finished(OLD, { lockedUntil: lockedUntil(0) })], STRICT)[0]).toBe('remove');
  });

  it('one that is being restored', () => {
    const restored = finished(OLD, { restoredBy: new Set(['restore-1']) });

    expect(reasonsOf(OLD, [NEWEST, restored], STRICT)).toEqual(['keep', 'being restored by restore-1']);
  });

  it.each(['Initializing', 'Processing'] as const)('one that runs (%s)', (status) => {
    expect(reasonsOf(OLD, [NEWEST, finished(OLD, { status })], STRICT)).toEqual(['keep', 'running']);
  });

  it('an imported automatic one, until its expireAt', () => {
    const imported = (ms: number) => finished(OLD, { expireAt: new Date(NOW + ms).toISOString() });

    expect(reasonsOf(OLD, [NEWEST, imported(1)], STRICT)).toEqual([
      'keep',
      'imported, at least until 2026-03-31T12:00:00.001Z',
    ]);
    expect(reasonsOf(OLD, [NEWEST, imported(0)], STRICT)[0]).toBe('remove');
  });

  it('a manual one without expireAt or before it; afterwards it is removed, even without a rule', () => {
    const expiring = (ms: number) => manual(OLD, { expireAt: new Date(NOW + ms).toISOString() });

    expect(reasonsOf(OLD, [NEWEST, manual(OLD)], STRICT)).toEqual(['keep', 'manual, without expireAt']);
    expect(reasonsOf(OLD, [NEWEST, expiring(1)], STRICT)[0]).toBe('keep');
    for (const rule of [STRICT, undefined]) {
      expect(reasonsOf(OLD, [NEWEST, expiring(0)], rule)).toEqual([
        'remove',
        'manual, its expireAt 2026-03-31T12:00:00.000Z has passed',
      ]);
    }
  });

  it('every base of a kept backup', () => {
    const incr = (createTime: string, base: string) =>
      finished(createTime, { backupType: 'incr', base: { backupId: base } });
    const chain = [incr('2026-03-31', '2026-03-30'), incr('2026-03-30', OLD), finished(OLD)];
    const other = [incr('2020-04-04', '2020-04-03'), finished('2020-04-03')];

    const { removals } = plan([...chain, ...other], STRICT);

    expect(reasonsOf(OLD, chain, STRICT)).toEqual(['keep', 'needed by 2026-03-30']);
    expect(removals.map(({ backup }) => backup.backupId)).toEqual(['2020-04-04', '2020-04-03']);
  });

  it('all automatic ones without a rule or while the strategy is paused', () => {
    expect(reasonsOf(OLD, [NEWEST, finished(OLD)], undefined)).toEqual(['keep', 'there is no retention rule']);
    expect(reasonsOf(OLD, [NEWEST, finished(OLD)], STRICT, { paused: true })).toEqual([
      'keep',
      'the strategy is paused, which suspends its retention',
    ]);
  });
});

describe('a cluster of which nothing is removed is looked at again', () => {
  const at = (ms: number) => new Date(NOW + ms).toISOString();
  const next = (backups: readonly RetainedBackup[], rule: Retention['rule'], paused = false) =>
    nextRetentionAt(backups, { rule, paused, timezone: 'UTC' }, NOW);
  const KEEP_ALL = { keepLast: 9 };

  it('never without a rule, or while the strategy is paused', () => {
    const locked = [NEWEST, finished(OLD, { lockedUntil: at(1) })];

    expect(next(locked, undefined)).toBeUndefined();
    expect(next(locked, KEEP_ALL, true)).toBeUndefined();
  });

  it('after the next change if time alone changes nothing', () => {
    expect(next([NEWEST, finished(OLD, { lockedUntil: at(-1) })], KEEP_ALL)).toBe(UNTIL_CHANGED);
  });

  it('when the first lock or expireAt ends', () => {
    const expiring = manual(OLD, { expireAt: at(2) });

    expect(next([NEWEST, finished(OLD, { lockedUntil: at(1) }), expiring], KEEP_ALL)).toBe(at(1));
    expect(next([NEWEST, finished(OLD, { lockedUntil: at(3) }), expiring], KEEP_ALL)).toBe(at(2));
  });

  it('when the first backup is older than the rule allows', () => {
    const backups = [NEWEST, finished('2026-03-30'), finished('2026-03-29')];

    const moment = next(backups, { maxAgeDays: 5 });

    // Exactly five days old it stays.
    expect(moment).toBe('2026-04-03T07:00:00.001Z');
    const removedBy = (now: number) =>
      planRetention(backups, { rule: { maxAgeDays: 5 }, paused: false, timezone: 'UTC' }, now).removals.length;
    expect([removedBy(Date.parse(String(moment)) - 1), removedBy(Date.parse(String(moment)))]).toEqual([0, 1]);
  });

  it.each<[what: string, change: Partial<RetainedBackup>]>([
    ['is Initializing', { status: 'Initializing' }],
    ['is Processing', { status: 'Processing' }],
    ['is being restored', { restoredBy: new Set(['restore-1']) }],
  ])('soon while a backup %s', (_, change) => {
    expect(next([NEWEST, finished(OLD, change)], KEEP_ALL)).toBe('soon');
  });
});
