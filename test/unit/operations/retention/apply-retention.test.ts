import { beforeEach, expect, it, vi } from 'vitest';
import type { Strategy } from '../../../../functions/domain/strategy/strategy.ts';
import { type ApplyRetentionDeps, applyRetention } from '../../../../functions/operations/retention/apply-retention.ts';
import { aCluster, CREATED, later } from '../../../support/records.ts';

const STRATEGY: Strategy = {
  ...{ weekdays: [], period: { start: 0, end: 0 }, timezone: 'UTC', paused: false },
  retention: { keepLast: 1, maxAgeDays: 1 },
};

beforeEach(() => {
  vi.spyOn(console, 'error').mockReturnValue();
  return () => vi.restoreAllMocks();
});

const unexpected = () => Promise.reject(new Error('nothing may be deleted'));

/** A sweep of a cluster whose newest backup has been deleted since the index was read, so that no other may go. */
async function sweep(backups: number, { isDue = true, hasTime = true } = {}) {
  const postponed: (string | undefined)[] = [];
  const asked: string[] = [];
  const deps: ApplyRetentionDeps = {
    clusters: { get: async () => aCluster({ strategy: STRATEGY }) },
    due: {
      find: async () => (isDue ? [{ clusterId: 'cluster-1', dueAt: CREATED }] : []),
      async postpone(_, __, next) {
        postponed.push(next);
        return true;
      },
    },
    retention: {
      clustersWithExpired: async () => (isDue ? [] : ['cluster-1']),
      async backupsOf(clusterId) {
        asked.push(clusterId);
        return Array.from({ length: backups }, (_, number) => ({
          ...{ backupId: `backup-${number}`, backupType: 'full', backupMode: 'auto', status: 'Finished' },
          createTime: later(-number * 60),
        }));
      },
    },
    backups: { get: unexpected, getAll: async () => [], releaseBase: unexpected, releaseFromRestore: unexpected },
    deletions: { begin: unexpected, beginAgain: unexpected },
    workflows: { get: unexpected },
    executions: { start: unexpected },
    clock: { now: () => Date.parse(CREATED) },
    hasTime: () => hasTime,
  };
  return { result: await applyRetention(Date.parse(CREATED) + 25 * 3_600_000, deps), postponed, asked };
}

it('keeps a cluster due until a sweep finds nothing to remove', async () => {
  const { result, postponed } = await sweep(3);

  expect(result).toEqual({ clusters: 1, removed: 0, refused: 0, failed: 0, left: 2 });
  expect(postponed).toEqual([]);
});

it('looks again at a cluster of which nothing is removed when that may change', async () => {
  expect((await sweep(1)).postponed).toEqual(['9999-12-31T23:59:59.999Z']);
});

it('moves no time of a cluster that is only checked for an expired backup', async () => {
  const { asked, postponed } = await sweep(1, { isDue: false });

  expect(asked).toEqual(['cluster-1']);
  expect(postponed).toEqual([]);
});

it('leaves a cluster due that it has no time for', async () => {
  const { asked, postponed } = await sweep(1, { hasTime: false });

  expect([asked, postponed]).toEqual([[], []]);
});
