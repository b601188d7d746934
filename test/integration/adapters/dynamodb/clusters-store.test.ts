import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClusterStore } from '../../../../functions/adapters/dynamodb/clusters-store.ts';
import type { Maintenance } from '../../../../functions/domain/cluster/cluster.ts';
import type { ClusterStore } from '../../../../functions/domain/cluster/cluster-store.ts';
import { startTables, type TestTables } from '../../../support/dynamodb.ts';
import { aCluster, CREATED, later } from '../../../support/records.ts';

let tables: TestTables;
let clusters: ClusterStore;
beforeAll(async () => {
  tables = await startTables();
  clusters = createClusterStore(tables.table('clusters'));
});
afterAll(() => tables.stop());

const held = (operationId: string): Maintenance => ({ status: 'BackUp', operationId, since: CREATED });

describe('the lock of a cluster', () => {
  it('is taken by one of many concurrent attempts, and the others learn who holds it', async () => {
    await clusters.create(aCluster({ clusterId: 'contended' }));

    const outcomes = await Promise.all(
      Array.from({ length: 10 }, (_, i) => clusters.lock('contended', held(`operation-${i}`))),
    );

    const locked = outcomes.flatMap((o) => (o.outcome === 'locked' ? [o.cluster.maintenance?.operationId] : []));
    expect(locked).toHaveLength(1);
    const holders = outcomes.flatMap((o) => (o.outcome === 'held' ? [o.maintenance?.operationId] : []));
    expect(new Set(holders)).toEqual(new Set(locked));
  });

  it('is taken again by its holder, whose first answer may have been lost', async () => {
    await clusters.create(aCluster({ clusterId: 'twice' }));
    await clusters.lock('twice', held('operation-1'));

    const again = await clusters.lock('twice', held('operation-1'));

    expect(again.outcome).toBe('locked');
  });

  it('is released only by its holder', async () => {
    await clusters.create(aCluster({ clusterId: 'owned' }));
    await clusters.lock('owned', held('operation-1'));

    expect(await clusters.unlock('owned', 'operation-2')).toBe(false);
    expect((await clusters.get('owned'))?.maintenance).toEqual(held('operation-1'));
    expect(await clusters.unlock('owned', 'operation-1')).toBe(true);
    expect((await clusters.get('owned'))?.maintenance).toBeUndefined();
    expect(await clusters.unlock('owned', 'operation-1')).toBe(false);
  });

  it('creates no missing cluster', async () => {
    expect(await clusters.lock('nowhere', held('operation-1'))).toEqual({ outcome: 'notFound' });
    expect(await clusters.unlock('nowhere', 'operation-1')).toBe(false);
    expect(await clusters.get('nowhere')).toBeUndefined();
  });
});

describe('a registered cluster', () => {
  it('is returned as given, without what only the table needs', async () => {
    const cluster = aCluster({ clusterId: 'plain' });

    expect(await clusters.create(cluster)).toBe(true);

    expect(await clusters.get('plain')).toEqual(cluster);
  });

  it('does not replace another with its id, while the same request sent twice succeeds', async () => {
    const cluster = aCluster({ clusterId: 'taken' });
    await clusters.create(cluster);

    expect(await clusters.create(cluster)).toBe(true);
    expect(await clusters.create({ ...cluster, clusterName: 'Other', createTime: later(1) })).toBe(false);
    expect((await clusters.get('taken'))?.clusterName).toBe('Orders');
  });

  it('changes without losing its lock, and says what it was', async () => {
    const cluster = aCluster({ clusterId: 'changing' });
    await clusters.create(cluster);
    await clusters.lock('changing', held('operation-1'));

    const before = await clusters.change('changing', { ...cluster, clusterName: 'New', tls: 'verify' }, later(5));

    expect(before?.clusterName).toBe('Orders');
    expect(await clusters.get('changing')).toEqual({
      ...cluster,
      clusterName: 'New',
      tls: 'verify',
      updateTime: later(5),
      maintenance: held('operation-1'),
    });
    expect(await clusters.change('nowhere', cluster, later(5))).toBeUndefined();
  });

  it('is removed only by the operation that holds it', async () => {
    await clusters.create(aCluster({ clusterId: 'busy' }));
    await clusters.lock('busy', held('operation-1'));

    expect(await clusters.remove('busy', 'operation-2')).toBe(false);
    expect(await clusters.remove('busy', 'operation-1')).toBe(true);
    expect(await clusters.remove('busy', 'operation-1')).toBe(false);
    expect(await clusters.get('busy')).toBeUndefined();
  });
});

it('lists clusters newest first, by page', async () => {
  const own = await startTables();
  const store = createClusterStore(own.table('clusters'));
  for (let i = 0; i < 5; i += 1) await store.create(aCluster({ clusterId: `c${i}`, createTime: later(i) }));

  const second = await store.list({ page: 2, pageSize: 2 });
  const beyond = await store.list({ page: 4, pageSize: 2 });

  expect(second.items.map((item) => item.clusterId)).toEqual(['c2', 'c1']);
  expect(second.total).toBe(5);
  expect(beyond).toEqual({ items: [], total: 5 });
  await own.stop();
});
