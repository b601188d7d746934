import { beforeEach, expect, it, vi } from 'vitest';
import { DUE_KINDS, type DueKind, type DueTimes } from '../../../../functions/domain/cluster/due-store.ts';
import type { Strategy } from '../../../../functions/domain/strategy/strategy.ts';
import { indexClusters } from '../../../../functions/operations/status/index-clusters.ts';
import { aCluster, CREATED } from '../../../support/records.ts';

const STRATEGY: Strategy = {
  ...{ weekdays: ['Monday'], period: { start: 60, end: 120 }, timezone: 'UTC', paused: false },
  ...{ maxVerifiedAgeHours: 24, retention: { keepLast: 1 } },
  drill: { weekdays: ['Monday'], assertions: [], parameters: {} },
};

beforeEach(() => {
  vi.spyOn(console, 'info').mockReturnValue();
  return () => vi.restoreAllMocks();
});

/** @param clusters what each has a time for */
async function index(clusters: readonly (readonly DueKind[])[], hasTime: () => boolean = () => true) {
  const added: Record<string, DueTimes> = {};
  const marked: string[] = [];
  await indexClusters(Date.parse(CREATED), {
    due: {
      isComplete: async () => false,
      async *withStrategy() {
        for (const [number, kinds] of clusters.entries())
          yield { cluster: aCluster({ clusterId: String(number), strategy: STRATEGY }), kinds };
      },
      async add(clusterId, times) {
        added[clusterId] = times;
      },
      markComplete: async (at) => void marked.push(at),
    },
    hasTime,
  });
  return { added, marked };
}

it('adds only the times that a cluster lacks, and writes nothing to one that has all', async () => {
  const { added, marked } = await index([[], ['overdue', 'drill'], DUE_KINDS]);

  // The end of Monday's first window.
  const drill = '2026-03-02T02:00:00.000Z';
  expect(added).toEqual({ 0: { overdue: CREATED, drill, retention: CREATED }, 1: { retention: CREATED } });
  expect(marked).toEqual([CREATED]);
});

it('is not complete before it has had time for every cluster', async () => {
  let left = 1;
  const hasTime = () => {
    left -= 1;
    return left >= 0;
  };

  const { added, marked } = await index([[], []], hasTime);

  expect(Object.keys(added)).toEqual(['0']);
  expect(marked).toEqual([]);
});
