import { expect, it } from 'vitest';
import { REMOVAL } from '../../../../functions/operations/cluster/remove-cluster.ts';
import { type SettleDeps, settleRemoval } from '../../../../functions/operations/repair/settle-unfinished.ts';
import { aCluster, CREATED } from '../../../support/records.ts';

it('the removal of a cluster is left for five minutes to the request that does it', async () => {
  const removed: string[] = [];
  const deps: Partial<SettleDeps> = {
    clusters: {
      get: async () => aCluster({ maintenance: { status: 'Deleting', operationId: REMOVAL, since: CREATED } }),
      remove: async (clusterId) => removed.push(clusterId) > 0,
      unlock: async () => true,
    },
    secrets: { remove: async () => {} },
  };
  const settle = (minutes: number) =>
    settleRemoval('cluster-1', Date.parse(CREATED) + minutes * 60_000, deps as SettleDeps);

  expect(await settle(4.9)).toBe('running');
  expect(removed).toEqual([]);
  expect(await settle(5)).toBe('repaired');
  expect(removed).toEqual(['cluster-1']);
});
