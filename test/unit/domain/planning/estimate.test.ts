import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import {
  type ClusterData,
  chooseExecutor,
  estimateBackup,
  estimateRestore,
  type FinishedRun,
  type NextBackup,
  type NextRestore,
  WORKER_FROM_SECONDS,
} from '../../../../functions/domain/planning/estimate.ts';
import type { Executor } from '../../../../functions/domain/workflow/executor.ts';

const GIB = 1024 ** 3;
const BEGIN = Date.parse('2026-03-01T07:00:00.000Z');

const run = (seconds: number, of: Partial<FinishedRun> = {}): FinishedRun => ({
  backupType: 'full',
  startTime: new Date(BEGIN).toISOString(),
  endTime: new Date(BEGIN + seconds * 1_000).toISOString(),
  ...of,
});

const secondsOf = (next: Partial<NextBackup>): number | undefined =>
  estimateBackup({ backupType: 'full', scopeKey: '*', recentRuns: [], ...next })?.seconds;

const data = (gib: number, tikvNodes: number): ClusterData => ({ logicalBytes: String(gib * GIB), tikvNodes });

const seconds = fc.integer({ min: 0, max: 400_000 });
const gibs = fc.integer({ min: 0, max: 100_000 });
const nodes = fc.integer({ min: 1, max: 200 });
const rate = fc.integer({ min: 1, max: 2_000 });

describe('how long a backup takes', () => {
  test('is a quarter longer than the slowest of the last five', () => {
    expect(secondsOf({ recentRuns: [100, 400, 100, 100, 100, 9_000].map((took) => run(took)) })).toBe(500);
  });

  test.each<[string, Partial<FinishedRun>]>([
    ['another type', { backupType: 'incr' }],
    ['another scope', { scopeKey: 'd:shop' }],
  ])('ignores a run of %s if a similar one is known', (_name, of) => {
    expect(secondsOf({ recentRuns: [run(9_000, of), run(100)] })).toBe(125);
  });

  test('treats a record without a scope as a backup of everything', () => {
    expect(secondsOf({ recentRuns: [run(100), run(200, { scopeKey: '*' })] })).toBe(250);
  });

  test('uses the data before other runs if it has no runs of its own', () => {
    const recentRuns = [run(9_000)];
    expect(secondsOf({ backupType: 'incr', recentRuns, data: data(0, 3) })).toBeLessThan(60);
  });

  test.each<Partial<NextBackup>>([{ scopeKey: 'd:shop' }, { backupType: 'incr' }])(
    'uses full runs of everything as upper limit for %j',
    (kind) => {
      expect(secondsOf({ ...kind, recentRuns: [run(80)] })).toBe(100);
      expect(secondsOf({ ...kind, recentRuns: [run(80, { scopeKey: 'd:other' })] })).toBeUndefined();
    },
  );

  test('is undefined for a cluster without history', () => {
    expect(secondsOf({})).toBeUndefined();
  });

  test('88 GiB on a TiKV node are the limit of a function, so that they are too long for one', () => {
    expect(secondsOf({ data: data(88, 1) })).toBeGreaterThan(900);
    expect(secondsOf({ data: data(40, 1) })).toBeLessThan(WORKER_FROM_SECONDS);
  });

  test('ignores BackupConcurrency, which is not the number of copying threads', () => {
    expect(secondsOf({ data: data(1_000, 3), limits: { concurrency: 2 } })).toBe(secondsOf({ data: data(1_000, 3) }));
  });

  it('is never less than any of the last five of its kind took', () => {
    fc.assert(
      fc.property(fc.array(seconds, { minLength: 1, maxLength: 12 }), fc.array(seconds), (took, others) => {
        const recentRuns = [...others.map((other) => run(other, { backupType: 'incr' })), ...took.map((s) => run(s))];
        const estimate = secondsOf({ recentRuns, data: data(1, 3) }) ?? 0;
        for (const one of took.slice(0, 5)) expect(estimate).toBeGreaterThanOrEqual(one);
        expect(estimate).toBeLessThanOrEqual(Math.ceil(Math.max(...took) * 1.25));
      }),
    );
  });

  it('grows with the data, shrinks with the nodes, and is shortened by no limit', () => {
    fc.assert(
      fc.property(gibs, gibs, nodes, nodes, rate, (less, more, few, further, rateLimit) => {
        const of = (gib: number, tikvNodes: number, limits?: NextBackup['limits']) =>
          secondsOf({ data: data(gib, tikvNodes), limits }) ?? Number.NaN;
        expect(of(less + more, few)).toBeGreaterThanOrEqual(of(less, few));
        expect(of(less, few + further)).toBeLessThanOrEqual(of(less, few));
        expect(of(less, few, { rateLimit })).toBeGreaterThanOrEqual(of(less, few));
      }),
    );
  });

  it('counts two scans of all data plus a quarter for its table checksums', () => {
    const [plain, noted] = [data(100, 3), data(100, 3)].map((each, at) =>
      secondsOf({ data: each, notesTables: at === 1 }),
    );

    // Twice 100 GiB at 50 MiB/s.
    expect((noted ?? 0) - (plain ?? 0)).toBe((1.25 * 2 * 100 * 1024) / 50);
  });

  it('trusts neither a cluster without TiKV nodes nor a clock that went back', () => {
    expect(secondsOf({ data: data(1, 0) })).toBe(secondsOf({ data: data(1, 1) }));
    expect(secondsOf({ recentRuns: [run(-60)] })).toBe(0);
  });
});

describe('how long a restore takes', () => {
  const restore = (next: Partial<NextRestore>) => estimateRestore({ sizesBytes: [String(100 * GIB)], ...next }).seconds;

  test('is a tenth from TiDB 8.0 on', () => {
    expect(restore({ tikvNodes: 6, tidbMajor: 7 })).toBe(653);
    expect(restore({ tikvNodes: 6, tidbMajor: 8 })).toBe(75);
  });

  test('is the longer one for an unmeasured cluster', () => {
    expect(restore({})).toBe(restore({ tikvNodes: 3, tidbMajor: 7 }));
    expect(estimateRestore({ sizesBytes: ['1'] }).basis).toContain('not counted');
    expect(estimateRestore({ sizesBytes: ['1'], tikvNodes: 3 }).basis).not.toContain('not counted');
  });

  it('grows with every link of the chain and every byte, shrinks with the nodes, and is shortened by no limit', () => {
    const sizes = fc.array(
      gibs.map((gib) => String(gib * GIB)),
      { minLength: 1, maxLength: 8 },
    );
    fc.assert(
      fc.property(sizes, gibs, nodes, nodes, rate, (sizesBytes, link, tikvNodes, further, rateLimit) => {
        const longer = [...sizesBytes, String(link * GIB)];
        const of = (next: Partial<NextRestore>) => restore({ sizesBytes, tikvNodes, ...next });
        expect(of({ sizesBytes: longer })).toBeGreaterThan(of({}));
        expect(of({ tikvNodes: tikvNodes + further })).toBeLessThanOrEqual(of({}));
        expect(of({ limits: { rateLimit } })).toBeGreaterThanOrEqual(of({}));
        expect(of({ tidbMajor: 8 })).toBeLessThanOrEqual(of({}));
      }),
    );
  });
});

describe('where it runs', () => {
  const estimate = (took: number) => ({ seconds: took, basis: 'as we say' });

  test('is a function for an estimate under ten minutes', () => {
    fc.assert(
      fc.property(seconds, (took) => {
        const { executor, reason } = chooseExecutor({ hasWorker: true, estimate: estimate(took) });
        expect(executor).toBe(took < 600 ? 'lambda' : 'fargate');
        expect(reason).toContain(`about ${took} seconds, as we say`);
      }),
    );
  });

  test('depends on the configured limit', () => {
    const facts = { hasWorker: true, estimate: estimate(30), workerFromSeconds: 30 };
    expect(chooseExecutor(facts)).toMatchObject({ executor: 'fargate', reason: expect.stringContaining('30 or more') });
    expect(chooseExecutor({ ...facts, workerFromSeconds: 31 })).toMatchObject({ executor: 'lambda' });
  });

  test.each<Executor>(['lambda', 'fargate'])('is %s if pinned, whatever the estimate', (pinned) => {
    for (const took of [1, 100_000]) {
      expect(chooseExecutor({ hasWorker: true, pinned, estimate: estimate(took) }).executor).toBe(pinned);
    }
  });

  test('is a function without a worker or an estimate', () => {
    expect(chooseExecutor({ hasWorker: false, pinned: 'fargate', estimate: estimate(100_000) })).toEqual({
      executor: 'lambda',
      reason: 'this deployment has no worker',
    });
    expect(chooseExecutor({ hasWorker: true }).executor).toBe('lambda');
  });
});
