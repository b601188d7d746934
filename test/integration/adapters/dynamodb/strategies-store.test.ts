import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClaimedWindow, DueStrategy, Strategy } from '../../../../functions/domain/strategy/strategy.ts';
import { startTables, type TestTables } from '../../../support/dynamodb.ts';
import { aCluster, CREATED, later } from '../../../support/records.ts';

const STRATEGY: Strategy = {
  ...{ weekdays: ['Monday', 'Friday'], period: { start: 60, end: 120 }, timezone: 'UTC', paused: false },
};
const [WINDOW, ITS_END, NEXT] = [later(0), later(3_600), later(86_400)];
const NOTHING = { due: {}, servedAt: undefined };

let tables: TestTables;
beforeAll(async () => {
  tables = await startTables();
});
afterAll(() => tables.stop());

let clusters = 0;

/** A cluster whose window is open. */
async function aDueCluster(strategy = STRATEGY): Promise<DueStrategy> {
  clusters += 1;
  const clusterId = `due-${clusters}`;
  await tables.stores.clusters.create(aCluster({ clusterId }));
  await save(clusterId, { strategy });
  return { clusterId, strategy, nextRunAt: WINDOW };
}

const save = (clusterId: string, { strategy = STRATEGY, nextRunAt = WINDOW } = {}) =>
  tables.stores.strategies.save(clusterId, { strategy, nextRunAt, ...NOTHING });

const get = (clusterId: string) => tables.stores.clusters.get(clusterId);

function claimOf(due: DueStrategy, operationId = 'backup-1') {
  const claim: ClaimedWindow = {
    ...{ claimId: `claim-${operationId}`, windowStart: due.nextRunAt, windowEnd: ITS_END, nextRunAt: NEXT },
  };
  return { due, maintenance: { status: 'BackUp', operationId, since: CREATED, backupMode: 'auto', claim } } as const;
}

async function missedWindowsOf({ clusterId }: DueStrategy) {
  const own = { clusterId, tidbClusterId: undefined, since: CREATED };
  return (await tables.stores.history.read(own, {})).missedWindows;
}

const claim = (due: DueStrategy, operationId?: string) => tables.stores.strategies.claim(claimOf(due, operationId));

describe('a window', () => {
  it('is claimed once, also by a call that is repeated', async () => {
    const due = await aDueCluster();

    expect(await claim(due)).toMatchObject({ outcome: 'claimed', own: { clusterId: due.clusterId } });
    expect(await claim(due)).toMatchObject({ outcome: 'claimed' });
    expect(await claim(due, 'backup-2')).toMatchObject({ outcome: 'held', maintenance: { operationId: 'backup-1' } });
    expect(await get(due.clusterId)).toMatchObject({ nextRunAt: NEXT, servedAt: CREATED });
  });

  it.each<[what: string, now: Partial<Strategy> & { nextRunAt?: string }]>([
    ['starts at another time', { nextRunAt: later(1) }],
    ['starts at another hour', { period: { start: 61, end: 120 } }],
    ['ends at another hour', { period: { start: 60, end: 121 } }],
    ['is in another time zone', { timezone: 'Europe/Berlin' }],
    ['is followed by others', { weekdays: ['Monday', 'Friday', 'Sunday'] }],
    ['is followed by fewer', { weekdays: ['Monday'] }],
    ['is on other days', { weekdays: ['Monday', 'Sunday'] }],
  ])('is neither claimed nor recorded as missed if by now it %s', async (_, { nextRunAt = WINDOW, ...change }) => {
    const found = await aDueCluster();
    await save(found.clusterId, { strategy: { ...STRATEGY, ...change }, nextRunAt });
    const before = await get(found.clusterId);

    expect(await claim(found)).toEqual({ outcome: 'overtaken' });
    expect(await tables.stores.strategies.note(found, { nextRunAt: NEXT })).toBe(false);

    expect(await get(found.clusterId)).toEqual(before);
  });

  it('is due again after its claim is undone, and says why', async () => {
    const due = await aDueCluster();
    await claim(due);

    await tables.stores.strategies.unclaim(due.clusterId, claimOf(due).maintenance.claim, 'throttled');

    const cluster = await get(due.clusterId);
    expect(cluster).toMatchObject({ nextRunAt: WINDOW, waiting: { windowStart: WINDOW, reason: 'throttled' } });
    expect(cluster?.servedAt).toBeUndefined();
    expect(cluster?.maintenance).toBeUndefined();
  });

  it('gets back the time of the last backup with an undone claim', async () => {
    const due = await aDueCluster();
    await claim(due);

    const { claim: made } = claimOf(due).maintenance;
    await tables.stores.strategies.unclaim(due.clusterId, { ...made, servedAt: later(-86_400) }, 'throttled');

    expect(await get(due.clusterId)).toHaveProperty('servedAt', later(-86_400));
  });

  it('stays as it was saved when the claim of a former one is undone, but the cluster is free', async () => {
    const due = await aDueCluster();
    await claim(due);
    const saved = { strategy: STRATEGY, nextRunAt: later(5), due: {}, servedAt: CREATED };
    await tables.stores.strategies.save(due.clusterId, saved);

    await tables.stores.strategies.unclaim(due.clusterId, claimOf(due).maintenance.claim, 'throttled');

    const cluster = await get(due.clusterId);
    expect(cluster).toMatchObject({ nextRunAt: later(5), servedAt: CREATED });
    expect(cluster).not.toHaveProperty('maintenance');
    expect(cluster).not.toHaveProperty('waiting');
  });

  it('is held, not overtaken, only by another operation', async () => {
    const due = await aDueCluster();
    await claim(due);
    const { maintenance } = claimOf(due);
    const repeated = { ...maintenance, claim: { ...maintenance.claim, claimId: 'of-another-sweep' } };

    expect(await tables.stores.strategies.claim({ due, maintenance: repeated })).toEqual({ outcome: 'overtaken' });
  });

  it('whose backup could not begin is due again, to be recorded as missed', async () => {
    const due = await aDueCluster();
    await claim(due);

    await tables.stores.strategies.miss(due.clusterId, claimOf(due).maintenance.claim, 'throttled');

    const cluster = await get(due.clusterId);
    const waiting = { windowStart: WINDOW, reason: 'throttled', isMissed: true };
    expect(cluster).toMatchObject({ nextRunAt: WINDOW, waiting, servedAt: CREATED });
    expect(cluster).not.toHaveProperty('maintenance');
    expect(await missedWindowsOf(due)).toEqual([]);
  });

  it('whose backup could not begin is recorded as missed if the strategy was saved since', async () => {
    const due = await aDueCluster();
    await claim(due);
    const saved = { strategy: STRATEGY, nextRunAt: later(5), due: {}, servedAt: CREATED };
    await tables.stores.strategies.save(due.clusterId, saved);

    await tables.stores.strategies.miss(due.clusterId, claimOf(due).maintenance.claim, 'throttled');

    const cluster = await get(due.clusterId);
    const missed = { start: WINDOW, end: ITS_END, reason: 'throttled' };
    expect(cluster).toMatchObject({ nextRunAt: later(5), lastMissed: missed });
    expect(cluster).not.toHaveProperty('maintenance');
    expect(cluster).not.toHaveProperty('waiting');
    expect(await missedWindowsOf(due)).toEqual([missed]);
  });

  it.each<[what: string, windowEnd: string | undefined, missed: number]>([
    ['is removed since', ITS_END, 1],
    ['is removed since, and an earlier release made the claim', undefined, 0],
  ])('frees the cluster if its strategy %s', async (_, windowEnd, missed) => {
    const due = await aDueCluster();
    await claim(due);
    await tables.stores.strategies.remove(due.clusterId);

    const { claim: made } = claimOf(due).maintenance;
    await tables.stores.strategies.miss(due.clusterId, { ...made, windowEnd }, 'throttled');

    const cluster = await get(due.clusterId);
    for (const field of ['maintenance', 'lastMissed', 'nextRunAt']) expect(cluster).not.toHaveProperty(field);
    expect(await missedWindowsOf(due)).toHaveLength(missed);
  });

  it('that waits says why until it is served or missed', async () => {
    const due = await aDueCluster();
    const { strategies } = tables.stores;
    const waiting = { windowStart: WINDOW, reason: 'Restore r' };
    const missed = { start: WINDOW, end: ITS_END, reason: 'Restore r' };

    expect(await strategies.note(due, { nextRunAt: WINDOW, waiting })).toBe(true);
    expect(await get(due.clusterId)).toHaveProperty('waiting', waiting);
    expect(await strategies.note(due, { nextRunAt: NEXT, missed })).toBe(true);

    const cluster = await get(due.clusterId);
    expect(cluster).toMatchObject({ nextRunAt: NEXT, lastMissed: missed });
    expect(cluster).not.toHaveProperty('waiting');
    await strategies.note({ ...due, nextRunAt: NEXT }, { nextRunAt: WINDOW, waiting });
    await claim(due);
    expect(await get(due.clusterId)).not.toHaveProperty('waiting');
  });

  it('is not touched by whoever no longer holds the cluster', async () => {
    const due = await aDueCluster();
    await claim(due, 'backup-2');
    const before = await get(due.clusterId);

    const { claim: former } = claimOf(due).maintenance;
    await tables.stores.strategies.unclaim(due.clusterId, former, 'throttled');
    await tables.stores.strategies.miss(due.clusterId, former, 'throttled');

    expect(await get(due.clusterId)).toEqual(before);
  });
});

describe('a saved strategy', () => {
  it('is refused if a backup has started since, or the cluster is removed', async () => {
    const due = await aDueCluster();
    await claim(due);

    expect(await save(due.clusterId)).toBe(false);
    expect(await get(due.clusterId)).toHaveProperty('nextRunAt', NEXT);
    expect(await save('nowhere')).toBe(false);
    expect(await get('nowhere')).toBeUndefined();
  });

  it('without a next window is not due', async () => {
    const { clusterId } = await aDueCluster();
    const { strategies } = tables.stores;
    const found = async () => (await strategies.due(WINDOW)).map((due) => due.clusterId);
    expect(await found()).toContain(clusterId);
    expect((await strategies.due(later(-1))).map((due) => due.clusterId)).not.toContain(clusterId);

    await strategies.save(clusterId, { strategy: STRATEGY, nextRunAt: undefined, ...NOTHING });

    expect(await found()).not.toContain(clusterId);
  });

  it('forgets the last canceled window only if that is open again', async () => {
    const { clusterId } = await aDueCluster();
    const canceled = { start: WINDOW, end: ITS_END, reason: 'the strategy was changed while it was open' };
    const { strategies } = tables.stores;
    await strategies.recordCanceled(clusterId, canceled);

    await save(clusterId);
    expect(await get(clusterId)).toHaveProperty('lastCanceled', canceled);
    await strategies.save(clusterId, { strategy: STRATEGY, nextRunAt: WINDOW, ...NOTHING, reopens: true });

    expect(await get(clusterId)).not.toHaveProperty('lastCanceled');

    const ended = { missed: [canceled, { ...canceled, start: later(9) }], canceled };
    await strategies.save(clusterId, { strategy: STRATEGY, nextRunAt: WINDOW, ...NOTHING, reopens: true, ended });
    expect(await get(clusterId)).toMatchObject({ lastCanceled: canceled, lastMissed: { start: later(9) } });
  });

  it('leaves with its windows when it is removed, but its last backup is remembered', async () => {
    const due = await aDueCluster();
    await claim(due);

    expect(await tables.stores.strategies.remove(due.clusterId)).toHaveProperty('strategy', STRATEGY);

    const cluster = await get(due.clusterId);
    expect(cluster).toHaveProperty('servedAt', CREATED);
    for (const field of ['strategy', 'nextRunAt', 'lastMissed']) expect(cluster).not.toHaveProperty(field);
    expect(await tables.stores.strategies.remove('nowhere')).toBeUndefined();
  });
});

it('only automatic backups that hold a cluster are counted as running', async () => {
  const { strategies, clusters: store } = tables.stores;
  const before = await strategies.countRunning();
  const due = await aDueCluster();
  const { clusterId } = await aDueCluster();
  await claim(due);
  const manual = { status: 'BackUp', operationId: 'manual', since: CREATED, backupMode: 'manual' } as const;
  await store.lock(clusterId, manual);

  expect(await strategies.countRunning()).toBe(before + 1);
});
