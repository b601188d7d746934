import { afterAll, beforeAll, expect, it } from 'vitest';
import { UNTIL_CHANGED } from '../../../../functions/domain/cluster/due-store.ts';
import type { Strategy } from '../../../../functions/domain/strategy/strategy.ts';
import { startTables, type TestTables } from '../../../support/dynamodb.ts';
import { aCluster, CREATED, later } from '../../../support/records.ts';

const STRATEGY: Strategy = { weekdays: [], period: { start: 0, end: 0 }, timezone: 'UTC', paused: false };

let tables: TestTables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());

async function register(clusterId: string, due?: Record<string, string>): Promise<void> {
  await tables.stores.clusters.create(aCluster({ clusterId }));
  if (due === undefined) return;
  await tables.stores.strategies.save(clusterId, {
    ...{ strategy: STRATEGY, nextRunAt: undefined, servedAt: undefined, due },
  });
}

async function dueAt(kind: 'overdue' | 'drill' | 'retention', clusterId: string): Promise<string | undefined> {
  return (await tables.stores.due.find(kind, UNTIL_CHANGED)).find((due) => due.clusterId === clusterId)?.dueAt;
}

it('postpones a cluster only if nothing has changed since it was found', async () => {
  await register('postponed', { retention: CREATED });
  const found = { clusterId: 'postponed', dueAt: CREATED };
  await tables.stores.due.lookAgain('postponed', later(1));

  expect(await tables.stores.due.postpone('retention', found, later(600))).toBe(false);
  expect(await dueAt('retention', 'postponed')).toBe(later(1));
  expect(await tables.stores.due.postpone('retention', { ...found, dueAt: later(1) }, later(600))).toBe(true);
  expect(await dueAt('retention', 'postponed')).toBe(later(600));
});

it('postpones to never: the cluster is found no more, and a change of its backups does not bring it back', async () => {
  await register('never', { retention: CREATED, overdue: CREATED });

  await tables.stores.due.postpone('retention', { clusterId: 'never', dueAt: CREATED }, undefined);
  await tables.stores.due.lookAgain('never', later(1));

  expect(await dueAt('retention', 'never')).toBeUndefined();
  expect(await dueAt('overdue', 'never')).toBe(later(1));
});

it('creates no missing cluster', async () => {
  await tables.stores.due.lookAgain('nowhere', CREATED);
  await tables.stores.due.add('nowhere', { retention: CREATED });

  expect(await tables.stores.clusters.get('nowhere')).toBeUndefined();
  expect(await dueAt('retention', 'nowhere')).toBeUndefined();
});

it('adds no times to a cluster that has lost its strategy meanwhile', async () => {
  await register('without');

  await tables.stores.due.add('without', { retention: CREATED });

  expect(await dueAt('retention', 'without')).toBeUndefined();
});

it('adds a time to a cluster that has a strategy', async () => {
  await register('added', { drill: CREATED });

  await tables.stores.due.add('added', { retention: later(1) });

  expect(await dueAt('retention', 'added')).toBe(later(1));
  expect(await dueAt('drill', 'added')).toBe(CREATED);
});

it('is complete once that is marked, which makes no cluster', async () => {
  const { due, clusters } = tables.stores;
  expect(await due.isComplete()).toBe(false);

  await due.markComplete(CREATED);

  expect(await due.isComplete()).toBe(true);
  expect((await clusters.all()).every(({ clusterName }) => clusterName === 'Orders')).toBe(true);
});

it('names the times that a cluster has, and skips clusters without a strategy', async () => {
  await register('with', { drill: CREATED });
  await register('none');
  const found = new Map<string, readonly string[]>();
  for await (const { cluster, kinds } of tables.stores.due.withStrategy()) found.set(cluster.clusterId, kinds);

  expect(found.get('with')).toEqual(['drill']);
  expect(found.has('none')).toBe(false);
});

it('takes a cluster from every index when its strategy is removed', async () => {
  await register('removed', { overdue: CREATED, drill: CREATED, retention: CREATED });

  await tables.stores.strategies.remove('removed');
  await tables.stores.due.lookAgain('removed', later(1));

  for (const kind of ['overdue', 'drill', 'retention'] as const) expect(await dueAt(kind, 'removed')).toBeUndefined();
});
