import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';
import { createEmfMetrics } from '../../../../functions/adapters/events/emf-metrics.ts';
import type { FinishedBackup } from '../../../../functions/domain/backup/backup-record.ts';
import type { Cluster } from '../../../../functions/domain/cluster/cluster.ts';
import type { AgesCursor } from '../../../../functions/domain/cluster/due-store.ts';
import type { Strategy } from '../../../../functions/domain/strategy/strategy.ts';
import { measureBackupAges } from '../../../../functions/operations/status/measure-backup-ages.ts';
import { embeddedMetrics } from '../../../../infra/local/aws/cloudwatch/embedded-metrics.ts';
import { aCluster, aFinishedBackup, CREATED } from '../../../support/records.ts';

const HOUR = 3_600;
/** A day after the clusters were registered. */
const NOW = Date.parse(CREATED) + 24 * HOUR * 1_000;
const hoursAgo = (hours: number) => new Date(NOW - hours * HOUR * 1_000).toISOString();

let warn: MockInstance;
beforeEach(() => {
  warn = vi.spyOn(console, 'warn').mockReturnValue();
});
afterEach(() => vi.restoreAllMocks());

/** @param newest the end of each cluster's newest finished backup; `away` if it cannot be read */
async function measure(
  clusters: readonly Cluster[],
  newest: Readonly<Record<string, string>>,
  verified: Readonly<Record<string, string>> = {},
  byCluster = true,
  records: Partial<FinishedBackup> = {},
) {
  const postponed: Record<string, string | undefined> = {};
  const lines: string[] = [];
  const asked: string[] = [];
  const measured = measureBackupAges(NOW, {
    clusters: {
      all: async () => [...clusters],
      getAll: async (ids) => clusters.filter(({ clusterId }) => ids.includes(clusterId)),
    },
    due: {
      find: async () =>
        clusters
          .filter(({ strategy }) => (strategy?.maxBackupAgeHours ?? strategy?.maxVerifiedAgeHours) !== undefined)
          .map(({ clusterId }) => ({ clusterId, dueAt: CREATED })),
      async postpone(_, { clusterId }, next) {
        postponed[clusterId] = next;
        return true;
      },
    },
    backups: {
      getAll: async (ids) => ids.map((backupId) => aFinishedBackup({ backupId, verifiedAt: CREATED, ...records })),
      async newestFinished({ clusterId }) {
        asked.push(`finished ${clusterId}`);
        const endTime = newest[clusterId];
        if (endTime === 'away') throw new Error('throttled');
        return endTime === undefined ? undefined : { backupId: `newest-of-${clusterId}`, endTime };
      },
      async newestVerified({ clusterId }) {
        asked.push(`verified ${clusterId}`);
        const endTime = verified[clusterId];
        return endTime === undefined ? undefined : { backupId: `verified-of-${clusterId}`, endTime };
      },
    },
    metrics: createEmfMetrics({ now: () => NOW }, byCluster ? { CLUSTER_METRICS: 'true' } : {}, (line) =>
      lines.push(line),
    ),
    everyCluster: byCluster,
    hasTime: () => true,
  });
  const result: unknown = await measured.catch((error: unknown) => error);
  const metrics = lines.flatMap(embeddedMetrics);
  return {
    result,
    asked,
    postponed,
    ages: metrics.filter(({ name }) => name === 'BackupAge').map(({ dimensions, value }) => [dimensions, value]),
    overdue: metrics.filter(({ name }) => name === 'ClustersOverdue').map(({ value }) => value),
    verifiedAges: metrics.filter(({ name }) => name === 'VerifiedBackupAge').map(({ value }) => value),
    unverified: metrics.filter(({ name }) => name === 'ClustersUnverified').map(({ value }) => value),
  };
}

const demanding = (maxBackupAgeHours?: number, change: Partial<Strategy> = {}): Strategy => ({
  weekdays: ['Monday'],
  period: { start: 0, end: 60 },
  timezone: 'UTC',
  paused: false,
  maxBackupAgeHours,
  ...change,
});

describe('the newest finished backup', () => {
  it('has its age measured by cluster, with a maximum over all', async () => {
    const clusters = [aCluster({ clusterId: 'a' }), aCluster({ clusterId: 'b' }), aCluster({ clusterId: 'without' })];

    const { result, ages, overdue } = await measure(clusters, { a: hoursAgo(1), b: hoursAgo(7) });

    expect(ages).toEqual([
      [{ ClusterId: 'a' }, HOUR],
      [{}, HOUR],
      [{ ClusterId: 'b' }, 7 * HOUR],
      [{}, 7 * HOUR],
    ]);
    expect(overdue).toEqual([0]);
    expect(result).toEqual({ clusters: 3, overdue: 0, unverified: 0 });
  });

  it.each<[described: string, strategy: Strategy | undefined, newest: string | undefined, overdue: number]>([
    ['no strategy', undefined, hoursAgo(9_999), 0],
    ['a strategy that names no age', demanding(), hoursAgo(9_999), 0],
    ['a backup at the limit', demanding(12), hoursAgo(12), 0],
    ['a backup that is too old', demanding(12), hoursAgo(12.01), 1],
    ['a backup that is too old, by a strategy that is paused', demanding(12, { paused: true }), hoursAgo(13), 1],
    ['no backup in the first hours after it was registered', demanding(25), undefined, 0],
    ['no backup since it was registered', demanding(23), undefined, 1],
  ])('of a cluster with %s', async (_, strategy, newest, expected) => {
    const { overdue } = await measure([aCluster({ strategy })], newest === undefined ? {} : { 'cluster-1': newest });

    expect(overdue).toEqual([expected]);
    const told = { message: 'no finished backup in time', clusterId: 'cluster-1' };
    expect(warn.mock.calls).toEqual(expected === 0 ? [] : [[expect.objectContaining(told)]]);
  });

  it('that cannot be read fails the sweep after the other clusters have been measured', async () => {
    const clusters = [aCluster({ clusterId: 'away' }), aCluster({ clusterId: 'late', strategy: demanding(1) })];

    const { result, overdue } = await measure(clusters, { away: 'away', late: hoursAgo(2) });

    expect(result).toBeInstanceOf(AggregateError);
    expect(overdue).toEqual([1]);
  });
});

describe('without metrics per cluster', () => {
  it('costs nothing for a cluster whose strategy sets no age, and no metric for any', async () => {
    const clusters = [
      aCluster({ clusterId: 'plain' }),
      aCluster({ clusterId: 'daily', strategy: demanding(24) }),
      aCluster({ clusterId: 'drilled', strategy: demanding(undefined, { maxVerifiedAgeHours: 24 }) }),
    ];
    const [newest, verified] = [
      { plain: hoursAgo(99), daily: hoursAgo(25), drilled: hoursAgo(1) },
      { plain: hoursAgo(99), drilled: hoursAgo(25) },
    ];

    const { asked, ages, overdue, verifiedAges, unverified } = await measure(clusters, newest, verified, false);

    expect(asked.sort()).toEqual(['finished daily', 'verified drilled']);
    expect(ages).toEqual([[{}, 25 * HOUR]]);
    expect(verifiedAges).toEqual([25 * HOUR]);
    expect([overdue, unverified]).toEqual([[1], [1]]);
  });
});

describe('the newest verified backup', () => {
  it.each<[described: string, hours: number | undefined, verified: string | undefined, unverified: number]>([
    ['a strategy that names no age', undefined, hoursAgo(9_999), 0],
    ['one at the limit', 12, hoursAgo(12), 0],
    ['one that is too old, however new the unverified ones are', 12, hoursAgo(12.01), 1],
    ['none in the first hours after it was registered', 25, undefined, 0],
    ['none since it was registered', 23, undefined, 1],
  ])('of a cluster with %s', async (_, maxVerifiedAgeHours, verified, expected) => {
    const cluster = aCluster({ strategy: demanding(undefined, { maxVerifiedAgeHours }) });

    const { unverified, verifiedAges } = await measure(
      [cluster],
      { 'cluster-1': hoursAgo(0) },
      verified === undefined ? {} : { 'cluster-1': verified },
    );

    expect(unverified).toEqual([expected]);
    // Per cluster, and for all of them.
    expect(verifiedAges).toHaveLength(verified === undefined ? 0 : 2);
    expect(warn).toHaveBeenCalledTimes(expected);
  });
});

describe('a cluster that is not overdue', () => {
  const limits = demanding(24, { maxVerifiedAgeHours: 48 });
  const clusters = [aCluster({ strategy: limits })];
  const ages = (finished: number, verified: number, records: Partial<FinishedBackup> = {}) =>
    measure(clusters, { 'cluster-1': hoursAgo(finished) }, { 'cluster-1': hoursAgo(verified) }, false, records);

  it('is looked at again when the first of its limits passes', async () => {
    expect((await ages(20, 10)).postponed).toEqual({ 'cluster-1': hoursAgo(-4) });
    expect((await ages(1, 47)).postponed).toEqual({ 'cluster-1': hoursAgo(-1) });
  });

  it('stays due while the index holds a backup that has just been removed or refuted', async () => {
    expect((await ages(20, 10, { verifiedAt: undefined })).postponed).toEqual({});
    expect((await ages(20, 10, { status: 'Deleting' as never })).postponed).toEqual({});
    expect((await measure(clusters, {}, {}, false)).postponed).toEqual({ 'cluster-1': hoursAgo(0) });
  });

  it('stays due once it is overdue', async () => {
    expect((await ages(25, 10)).postponed).toEqual({});
    expect((await ages(20, 49)).postponed).toEqual({});
  });
});

describe('a sweep that runs out of time', () => {
  const COUNT = 2_500;
  const clusters = Array.from({ length: COUNT }, (_, number) =>
    aCluster({ clusterId: `cluster-${number}`, strategy: demanding(1) }),
  );

  /** @param pages how many pages of clusters it has time for */
  function sweeper() {
    const emitted: object[] = [];
    const read: string[] = [];
    const run = (pages: number, everyCluster: boolean, from?: AgesCursor) => {
      let left = pages;
      return measureBackupAges(
        NOW,
        {
          clusters: {
            all: async () => clusters.toReversed(),
            getAll: async (ids) => clusters.filter(({ clusterId }) => ids.includes(clusterId)),
          },
          due: {
            find: async () => clusters.map(({ clusterId }) => ({ clusterId, dueAt: CREATED })).toReversed(),
            postpone: async () => true,
          },
          backups: {
            getAll: async () => [],
            async newestFinished({ clusterId }) {
              read.push(clusterId);
              return undefined;
            },
            newestVerified: async () => undefined,
          },
          metrics: { emit: (values) => emitted.push(values) },
          everyCluster,
          hasTime: () => left-- > 0,
        },
        from,
      );
    };
    return { run, emitted, read };
  }

  it.each([false, true])('goes on where it stopped, and counts all in the end; every cluster: %s', async (every) => {
    const { run, emitted, read } = sweeper();

    const first = await run(1, every);
    expect(first).toMatchObject({ clusters: 1_000, stoppedAt: { clusters: 1_000, overdue: 1_000 } });
    expect(await run(0, every, first.stoppedAt)).toEqual(first);
    expect(emitted).toEqual([]);

    const last = await run(9, every, first.stoppedAt);
    expect(last).toEqual({ clusters: COUNT, overdue: COUNT, unverified: 0 });
    expect(emitted).toEqual([{ ClustersOverdue: COUNT, ClustersUnverified: 0 }]);
    expect(new Set(read).size).toBe(COUNT);
    expect(read).toHaveLength(COUNT);
  });

  it('fails in the end if an earlier run could not check a cluster', async () => {
    const { run } = sweeper();
    const from = { after: 'cluster-1', clusters: 1, overdue: 0, unverified: 0, failed: 2 };

    await expect(run(9, false, from)).rejects.toThrow('2 clusters could not be checked');
  });
});
