import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planRetention, type RetainedBackup, type Retention } from '../../../../functions/domain/strategy/retention.ts';
import type { RetentionRule } from '../../../../functions/domain/strategy/retention-rule.ts';

const DAY = 86_400_000;
const FROM = Date.UTC(2024, 0, 1);
const UNTIL = Date.UTC(2027, 0, 1);
const ZONES = Intl.supportedValuesOf('timeZone');

const moment = fc.integer({ min: FROM, max: UNTIL });
const iso = (ms: number): string => new Date(ms).toISOString();
const sometimes = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined, freq: 4 });

/** A cluster's records: many a day, or none for years; chains of any length, over any gap; and whatever else may hold one. */
const records: fc.Arbitrary<RetainedBackup[]> = fc
  .array(
    fc.record({
      status: fc.constantFrom(
        ...(['Finished', 'Finished', 'Finished', 'Finished', 'Failed', 'Canceled', 'Processing', 'Deleting'] as const),
      ),
      backupMode: fc.constantFrom('auto', 'auto', 'auto', 'manual'),
      created: moment,
      scopeKey: sometimes(fc.constantFrom('*', 'databases:shop')),
      /** The record this many positions earlier. */
      base: sometimes(fc.integer({ min: 1, max: 5 })),
      isRestored: sometimes(fc.constant(true)),
      lockedUntil: sometimes(moment),
      expireAt: sometimes(moment),
    }),
    { maxLength: 40 },
  )
  .map((drafts) => {
    const inTime = drafts.sort((a, b) => a.created - b.created);
    const baseOf = (index: number): string | undefined => {
      const base = index - (inTime[index]?.base ?? Number.POSITIVE_INFINITY);
      return base < 0 ? undefined : `backup-${base}`;
    };
    return inTime.map(({ created, base: _, isRestored, ...draft }, index): RetainedBackup => {
      const backupId = `backup-${index}`;
      const base = baseOf(index);
      const { expireAt, lockedUntil, ...rest } = draft;
      return {
        ...rest,
        backupId,
        backupType: base === undefined ? 'full' : 'incr',
        createTime: iso(created),
        ...(base !== undefined && { base: { backupId: base } }),
        ...(isRestored && { restoredBy: new Set(['restore']) }),
        ...(lockedUntil !== undefined && { lockedUntil: iso(lockedUntil) }),
        ...(expireAt !== undefined && draft.backupMode === 'manual' && { expireAt: iso(expireAt) }),
      };
    });
  });

const count = fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined });
const rules: fc.Arbitrary<RetentionRule> = fc.record({
  keepLast: count,
  keepDaily: count,
  keepWeekly: count,
  keepMonthly: count,
  keepYearly: count,
  maxAgeDays: fc.option(fc.integer({ min: 1, max: 1_000 }), { nil: undefined }),
});
const KEEPS = ['keepLast', 'keepDaily', 'keepWeekly', 'keepMonthly', 'keepYearly'] as const;

const retentions: fc.Arbitrary<Retention> = fc.record({
  rule: fc.option(rules, { nil: undefined, freq: 9 }),
  paused: fc.boolean(),
  timezone: fc.constantFrom(...ZONES),
});

const removedOf = (backups: readonly RetainedBackup[], retention: Retention, now: number): Set<string> =>
  new Set(planRetention(backups, retention, now).removals.map(({ backup }) => backup.backupId));

/** The records left after a plan. */
const leftBy = (backups: readonly RetainedBackup[], removed: ReadonlySet<string>): RetainedBackup[] =>
  backups.filter(({ backupId }) => !removed.has(backupId));

/** Arguments: records, a retention and a moment. */
function law(check: (backups: RetainedBackup[], retention: Retention, now: number) => void): void {
  fc.assert(fc.property(records, retentions, moment, check), { numRuns: 500 });
}

describe('the laws of retention', () => {
  test('give every record that is not being deleted one decision, with a reason', () => {
    law((backups, retention, now) => {
      const { decisions, removals } = planRetention(backups, retention, now);

      const listed = backups.filter(({ status }) => status !== 'Deleting').map(({ backupId }) => backupId);
      expect(decisions.map(({ backup }) => backup.backupId).sort()).toEqual(listed.sort());
      expect(decisions.filter(({ reasons }) => reasons.length === 0 || reasons.includes(''))).toEqual([]);
      expect(new Set(removals)).toEqual(new Set(decisions.filter(({ action }) => action === 'remove')));
    });
  });

  test('only remove backups that have ended, are not locked or being restored, and are not manual before expireAt', () => {
    law((backups, retention, now) => {
      const removed = planRetention(backups, retention, now).removals.map(({ backup }) => backup);

      for (const { status, lockedUntil, restoredBy, backupMode, expireAt } of removed) {
        expect(['Finished', 'Failed', 'Canceled']).toContain(status);
        expect(Date.parse(lockedUntil ?? iso(0))).toBeLessThanOrEqual(now);
        expect(restoredBy).toBeUndefined();
        if (backupMode === 'manual') expect(Date.parse(expireAt ?? 'never')).toBeLessThanOrEqual(now);
      }
    });
  });

  test('keep the newest finished backup, and the newest of everything', () => {
    law((backups, retention, now) => {
      const left = leftBy(backups, removedOf(backups, retention, now));

      const newestOf = (some: RetainedBackup[]) =>
        some
          .filter(({ status }) => status === 'Finished')
          .reduce((latest, { createTime }) => (createTime > latest ? createTime : latest), '');
      const ofEverything = ({ scopeKey = '*' }: RetainedBackup) => scopeKey === '*';
      expect(newestOf(left)).toBe(newestOf(backups));
      expect(newestOf(left.filter(ofEverything))).toBe(newestOf(backups.filter(ofEverything)));
    });
  });

  test('keep every base of a kept backup, back to the full one', () => {
    law((backups, retention, now) => {
      const removed = removedOf(backups, retention, now);

      const needed = leftBy(backups, removed)
        .filter(({ status }) => ['Finished', 'Initializing', 'Processing'].includes(status))
        .flatMap(({ base }) => (base === undefined ? [] : [base.backupId]));
      expect(needed.filter((id) => removed.has(id))).toEqual([]);
    });
  });

  test('remove no base before its dependents, whatever the clocks said when they were made', () => {
    const clocks = fc.array(moment, { minLength: 40, maxLength: 40 });
    const everythingGoes: Retention = { rule: { maxAgeDays: 1 }, paused: false, timezone: 'UTC' };
    fc.assert(
      fc.property(records, clocks, (backups, times) => {
        const shuffled = backups.map((backup, index) => ({ ...backup, createTime: iso(times[index] ?? FROM) }));

        const order = planRetention(shuffled, everythingGoes, UNTIL + 2 * DAY).removals.map(({ backup }) => backup);

        const gone = new Set<string>();
        for (const { backupId, base } of order) {
          expect(gone).not.toContain(base?.backupId);
          gone.add(backupId);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('change nothing in a second run: what is left is kept', () => {
    law((backups, retention, now) => {
      const left = leftBy(backups, removedOf(backups, retention, now));

      expect([...removedOf(left, retention, now)]).toEqual([]);
    });
  });

  test('reach the same result after stopping and continuing anywhere', () => {
    fc.assert(
      fc.property(records, retentions, moment, fc.nat(), (backups, retention, now, stop) => {
        const { removals } = planRetention(backups, retention, now);
        const all = removals.map(({ backup }) => backup.backupId);
        const first = all.slice(0, stop % (all.length + 1));

        const rest = removedOf(leftBy(backups, new Set(first)), retention, now);

        expect(new Set([...first, ...rest])).toEqual(new Set(all));
      }),
      { numRuns: 500 },
    );
  });

  test('ignore the order of the records', () => {
    fc.assert(
      fc.property(
        records.chain((backups) =>
          fc.tuple(fc.constant(backups), fc.shuffledSubarray(backups, { minLength: backups.length })),
        ),
        retentions,
        moment,
        ([backups, shuffled], retention, now) => {
          expect(planRetention(shuffled, retention, now)).toEqual(planRetention(backups, retention, now));
        },
      ),
      { numRuns: 300 },
    );
  });

  test('never delete more when more is to be kept', () => {
    const more = fc.record({
      // An additional `keep…` field, or a higher value of one.
      ...Object.fromEntries(KEEPS.map((name) => [name, fc.nat({ max: 5 })])),
      maxAgeDays: fc.option(fc.nat({ max: 500 }), { nil: undefined }),
    }) as fc.Arbitrary<Record<(typeof KEEPS)[number], number> & { maxAgeDays: number | undefined }>;
    fc.assert(
      fc.property(records, rules, more, fc.constantFrom(...ZONES), moment, (backups, rule, added, timezone, now) => {
        const raised: RetentionRule = {
          // Without any, everything younger is kept; that is more than any number.
          ...(KEEPS.some((name) => rule[name] !== undefined) &&
            Object.fromEntries(KEEPS.map((name) => [name, (rule[name] ?? 0) + added[name]]))),
          ...(rule.maxAgeDays !== undefined &&
            added.maxAgeDays !== undefined && { maxAgeDays: rule.maxAgeDays + added.maxAgeDays }),
        };

        const before = removedOf(backups, { rule, paused: false, timezone }, now);
        const after = removedOf(backups, { rule: raised, paused: false, timezone }, now);

        expect([...after].filter((id) => !before.has(id))).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });

  test('remove only manual backups without a rule or while the strategy is paused', () => {
    law((backups, retention, now) => {
      for (const resting of [
        { ...retention, paused: true },
        { ...retention, rule: undefined },
      ]) {
        const removed = removedOf(backups, resting, now);
        const modes = backups.filter(({ backupId }) => removed.has(backupId)).map(({ backupMode }) => backupMode);
        expect(new Set([...modes, 'manual'])).toEqual(new Set(['manual']));
      }
    });
  });

  test('never restore anything as time passes: later removals include earlier ones', () => {
    fc.assert(
      fc.property(records, retentions, moment, fc.nat({ max: 1_000 * DAY }), (backups, retention, now, passed) => {
        const later = removedOf(backups, retention, now + passed);

        expect([...removedOf(backups, retention, now)].filter((id) => !later.has(id))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});

describe('in every time zone, over every clock change', () => {
  /** Finished automatic ones, minutes or years apart. */
  const series = fc.uniqueArray(moment, { minLength: 1, maxLength: 60 }).map((moments) =>
    moments.map(
      (created, index): RetainedBackup => ({
        backupId: `backup-${index}`,
        backupType: 'full',
        backupMode: 'auto',
        status: 'Finished',
        createTime: iso(created),
      }),
    ),
  );
  /** The platform's own date on a zone's calendar. */
  const dateIn = (timeZone: string, { createTime }: RetainedBackup) =>
    new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' }).format(Date.parse(createTime));

  test.each([
    ['keepDaily', 10],
    ['keepMonthly', 7],
    ['keepYearly', 4],
  ] as const)('%s keeps only the newest of each period that has one', (name, letters) => {
    fc.assert(
      fc.property(series, fc.constantFrom(...ZONES), (backups, timezone) => {
        const periods = Map.groupBy(backups, (backup) => dateIn(timezone, backup).slice(0, letters));
        const newest = [...periods.values()].map(
          (inPeriod) => inPeriod.reduce((a, b) => (a.createTime > b.createTime ? a : b)).backupId,
        );

        const removed = removedOf(backups, { rule: { [name]: 10_000 }, paused: false, timezone }, UNTIL);

        expect(leftBy(backups, removed).map(({ backupId }) => backupId)).toEqual(
          backups.map(({ backupId }) => backupId).filter((id) => newest.includes(id)),
        );
      }),
      { numRuns: 100 },
    );
  });

  test('a week has at most seven days, and shares none with another', () => {
    fc.assert(
      fc.property(series, fc.constantFrom(...ZONES), (backups, timezone) => {
        const rule = { keepWeekly: 10_000 };

        const removed = removedOf(backups, { rule, paused: false, timezone }, UNTIL);

        const days = leftBy(backups, removed).map((backup) => Date.parse(dateIn(timezone, backup)));
        const mondays = days.map((day) => day - ((new Date(day).getUTCDay() + 6) % 7) * DAY);
        expect(new Set(mondays).size).toBe(mondays.length);
        const all = backups.map((backup) => Date.parse(dateIn(timezone, backup)));
        expect(new Set(mondays)).toEqual(new Set(all.map((day) => day - ((new Date(day).getUTCDay() + 6) % 7) * DAY)));
      }),
      { numRuns: 100 },
    );
  });
});
