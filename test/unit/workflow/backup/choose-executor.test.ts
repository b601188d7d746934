import { beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';
import type { InitializingBackup } from '../../../../functions/domain/backup/backup-record.ts';
import type { BackupStore } from '../../../../functions/domain/backup/backup-store.ts';
import { type ChooseExecutorDeps, chooseExecutor } from '../../../../functions/workflow/backup/choose-executor.ts';
import { FakeTidb } from '../../../support/fake-tidb.ts';
import { MemoryStores } from '../../../support/memory-stores.ts';
import { aBackup, CREATED, later } from '../../../support/records.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

type RecentBackup = Awaited<ReturnType<BackupStore['recentFinished']>>[number];

const GIB = 1024n ** 3n;
const INPUT = { workFlowId: 'backup-1', backupId: 'backup-1', clusterId: 'cluster-1', maintenanceStatusChange: true };

let warn: MockInstance;
beforeEach(() => {
  vi.spyOn(console, 'info').mockReturnValue();
  warn = vi.spyOn(console, 'warn').mockReturnValue();
});

const table = (name: string, bytes: bigint) => ({ database: 'shop', table: name, bytes: String(bytes) });
const took = (seconds: number, of: Partial<RecentBackup> = {}): RecentBackup => ({
  ...{ backupId: 'earlier', backupTso: '1', sizeBytes: '1', backupType: 'full', scopeKey: '*' },
  ...{ startTime: CREATED, endTime: later(seconds), ...of },
});

/** On three TiKV nodes at 100 MiB/s each, 150 GiB take 512 seconds at TiDB's speeds, and 642 with the safety margin. */
function prepare({
  record = aBackup(),
  recent = [],
  gib = 150n,
  ...change
}: Partial<ChooseExecutorDeps> & { record?: InitializingBackup; recent?: RecentBackup[]; gib?: bigint } = {}) {
  const stores = new MemoryStores(record);
  const clock = new VirtualClock();
  const tidb = new FakeTidb(clock);
  tidb.measure = { tables: [table('orders', gib * GIB), table('small', GIB)], tikvNodes: 3, tidbMajor: 8 };
  const asked: { times: number; until?: number | undefined } = { times: 0 };
  const deps: ChooseExecutorDeps = {
    ...stores,
    backups: { ...stores.backups, recentFinished: async () => recent },
    tidb: {
      openControl: (cluster, limit) => {
        asked.times += 1;
        asked.until = limit?.deadline;
        return tidb.openControl(cluster, limit);
      },
    },
    clock,
    hasWorker: true,
    ...change,
  };
  const run = (operation: 'Backup' | 'Restore' = 'Backup', input: object = {}) =>
    chooseExecutor({ input: { ...INPUT, ...input }, operation }, deps);
  return { stores, clock, tidb, deps, asked, run };
}

describe('node chooseExecutor', () => {
  it.each(['Backup', 'Restore'] as const)('chooses nothing for a %s that waited for a day', async (operation) => {
    const { run, stores, asked } = prepare();
    stores.hold({ since: later(-86_400) });

    await expect(run(operation)).rejects.toMatchObject({ name: 'TooLateToBegin' });

    expect(asked.times).toBe(0);
  });

  it('ignores how long another operation has held the cluster', async () => {
    const { run, stores } = prepare();
    stores.hold({ operationId: 'other', since: later(-86_400) });

    await expect(run()).resolves.toHaveProperty('executor');
  });
});

describe('node chooseExecutor, with names that are too long for a worker', () => {
  it('counts them as ECS does: JSON in JSON, in which each quote is longer', async () => {
    const { run } = prepare({ gib: 600n });
    const scope = { tables: Array.from({ length: 40 }, (_, at) => '"'.repeat(60) + at) };
    const size = (value: unknown) => JSON.stringify(value).length;
    const input = { ...INPUT, scope };
    expect([size(input) < 6_000, size(JSON.stringify(input)) > 6_000]).toEqual([true, true]);

    expect(await run('Backup', { scope })).toMatchObject({
      executor: 'lambda',
      reason: "the names in its scope do not fit into a worker's input",
    });
  });
});

describe('node chooseExecutor, of a backup', () => {
  it.each([
    [500, 'fargate'],
    [400, 'lambda'],
  ])('whose last run took %i s chooses %s, and does not ask TiDB', async (seconds, executor) => {
    const { run, asked, stores } = prepare({ recent: [took(seconds)] });

    expect(await run()).toMatchObject({ executor });

    expect(asked.times).toBe(0);
    expect(stores.record).toMatchObject({ executor, status: 'Initializing' });
  });

  it.each([
    ['150 GiB', { gib: 150n }, 'fargate'],
    ['80 GiB', { gib: 80n }, 'lambda'],
    [
      '150 GiB of which it takes a small part, whatever the whole took',
      { record: aBackup({ scope: { tables: ['shop.small'] } }), recent: [took(9_000)] },
      'lambda',
    ],
    ['150 GiB of which it takes a small part', { record: aBackup({ scope: { tables: ['shop.small'] } }) }, 'lambda'],
    [
      '150 GiB whose whole backups were fast',
      { record: aBackup({ backupType: 'incr' }), recent: [took(9)] },
      'fargate',
    ],
  ])('without a run of its kind, on a cluster of %s, asks TiDB', async (_what, world, executor) => {
    const { run, asked, tidb } = prepare(world);

    expect(await run()).toMatchObject({ executor });

    expect(asked.times).toBe(1);
    expect(tidb.openConnections).toBe(0);
  });

  it('leaves TiDB the time to stop what it does not answer within 20 seconds, and leaves no timer', async () => {
    const { run, asked, clock } = prepare();
    const began = clock.now();

    await run();
    await new Promise((turned) => setTimeout(turned, 5));

    expect(asked.until).toBe(began + 14_000);
    expect(clock.now()).toBe(began);
  });

  it('writes only what is new', async () => {
    const { run, deps } = prepare({ record: aBackup({ executor: 'lambda' }), recent: [took(1)] });
    const recordExecutor = vi.fn(deps.backups.recordExecutor);
    deps.backups = { ...deps.backups, recordExecutor };
    await run();
    expect(recordExecutor).not.toHaveBeenCalled();

    await run('Backup', { wantedExecutor: 'fargate' });
    expect(recordExecutor).toHaveBeenCalledOnce();
  });

  it('is retried if the configuration cannot be read', async () => {
    const { run, deps } = prepare();
    deps.config = { read: async () => Promise.reject(new Error('throttled')) };

    await expect(run()).rejects.toThrow('throttled');
  });

  it.each([
    ['nothing is known, and TiDB does not say', { gib: undefined, recent: [] }, 'fargate'],
    ['TiDB reports 2 GiB', { gib: 1n, recent: [] }, 'lambda'],
    ['TiDB reports 16 GiB', { gib: 15n, recent: [] }, 'fargate'],
    ['the last took 30 s', { gib: 15n, recent: [took(30)] }, 'lambda'],
    ['the last took 60 s', { gib: 15n, recent: [took(60)] }, 'fargate'],
  ])('with checksums counts two scans of the tables: %s', async (_what, { gib, recent }, executor) => {
    const { run, tidb } = prepare({ record: aBackup({ wantsChecksums: true }), recent, ...(gib && { gib }) });
    tidb.isAway = gib === undefined;

    expect(await run()).toMatchObject({ executor, reason: expect.stringMatching(/table checksums/) });
  });

  it('with checksums estimates the scans of a small incremental one from the last full one', async () => {
    const recent = [took(5, { backupType: 'incr' }), took(60)];
    const ofIncr = (wantsChecksums: boolean) =>
      prepare({ record: aBackup({ backupType: 'incr', wantsChecksums }), recent });
    const [plain, noted] = [ofIncr(false), ofIncr(true)];

    expect(await plain.run()).toMatchObject({ executor: 'lambda' });
    expect(await noted.run()).toMatchObject({ executor: 'fargate' });
    expect(noted.asked.times).toBe(0);
  });

  it('applies the configured limits, and ignores an invalid one', async () => {
    const { run, stores } = prepare({ gib: 80n });
    stores.storedConfig = { BackupRateLimit: '10' };
    expect(await run()).toMatchObject({ executor: 'fargate' });

    stores.storedConfig = { BackupRateLimit: 'fast' };
    expect(await run()).toMatchObject({ executor: 'lambda' });
  });

  it("chooses the pinned executor: the request's before the cluster's", async () => {
    const { run, stores, asked } = prepare();
    if (stores.cluster) stores.cluster.executor = 'lambda';

    expect(await run()).toMatchObject({ executor: 'lambda' });
    expect(await run('Backup', { wantedExecutor: 'fargate' })).toMatchObject({ executor: 'fargate' });
    expect(asked.times).toBe(0);
  });

  it.each([
    ['away', (tidb: FakeTidb) => Object.assign(tidb, { isAway: true })],
    ['silent', (tidb: FakeTidb) => Object.assign(tidb, { measure: new Promise(() => {}) })],
  ])('on a TiDB that is %s continues with a function, and logs why', async (_how, strike) => {
    const { run, tidb, clock } = prepare();
    strike(tidb);
    const began = clock.now();

    expect(await run()).toMatchObject({ executor: 'lambda' });

    expect(clock.now() - began).toBeLessThanOrEqual(20_000);
    expect(warn.mock.calls).toMatchObject([[{ clusterId: 'cluster-1', error: { name: 'TidbUnreachable' } }]]);
    expect(tidb.openConnections).toBe(0);
  });

  it('always chooses a function without a worker', async () => {
    const { run, asked } = prepare({ hasWorker: false, recent: [took(9_000)] });

    expect(await run('Backup', { wantedExecutor: 'fargate' })).toMatchObject({ executor: 'lambda' });
    expect(asked.times).toBe(0);
  });

  it('does not choose the worker for what ECS could not pass to it', async () => {
    const { run } = prepare();
    const scopeOf = (count: number) => ({ tables: Array.from({ length: count }, (_, n) => `${'d'.repeat(60)}.t${n}`) });

    expect(await run('Backup', { wantedExecutor: 'fargate', scope: scopeOf(50) })).toMatchObject({
      executor: 'fargate',
    });
    const long = prepare({ recent: [took(9_000)] });
    expect(await long.run('Backup')).toMatchObject({ executor: 'fargate' });
    expect(await long.run('Backup', { scope: scopeOf(100) })).toEqual({
      executor: 'lambda',
      reason: expect.stringContaining('do not fit into a worker'),
    });
    // A user who requested the worker learns why.
    await expect(run('Backup', { wantedExecutor: 'fargate', scope: scopeOf(100) })).rejects.toMatchObject({
      name: 'TooMuchForWorker',
    });
    expect(await run('Backup', { wantedExecutor: 'lambda', scope: scopeOf(100) })).toMatchObject({
      executor: 'lambda',
    });
  });

  it('uses the given limit', async () => {
    const recent = [took(8)];

    expect(await prepare({ recent, workerFromSeconds: 10 }).run()).toMatchObject({ executor: 'fargate' });
    expect(await prepare({ recent, workerFromSeconds: 11 }).run()).toMatchObject({ executor: 'lambda' });
  });

  it('changes nothing for a backup that has started: its attempt knows where it runs', async () => {
    const { run, stores } = prepare({ recent: [took(9_000)] });
    await stores.backups.startAttempt('backup-1', CREATED, 'lambda');

    expect(await run()).toMatchObject({ executor: 'fargate' });

    expect(stores.record).toMatchObject({ executor: 'lambda' });
  });

  it.each(['cluster', 'record'] as const)('without its %s lets the next node report that', async (what) => {
    const { run, stores } = prepare();
    stores[what] = undefined;

    expect(await run()).toMatchObject({ executor: 'lambda' });
  });
});

describe('node chooseExecutor, of a restore', () => {
  const finished = async (stores: MemoryStores, gib: bigint) => {
    await stores.backups.startAttempt('backup-1', CREATED, 'lambda');
    const result = { attempt: 1, backupTso: '1', sizeBytes: String(gib * GIB), at: later(60) };
    await stores.backups.finish('backup-1', result);
  };

  it.each([
    [100n, 7, 'fargate'],
    [100n, 8, 'lambda'],
    [1_000n, 8, 'fargate'],
  ])('of %i GiB with TiDB %i chooses %s, and writes nothing into the backup', async (gib, tidbMajor, executor) => {
    const { run, stores, tidb } = prepare();
    await finished(stores, gib);
    tidb.measure = { ...tidb.measure, tidbMajor };

    expect(await run('Restore')).toMatchObject({ executor });

    expect(stores.record).toMatchObject({ executor: 'lambda' });
  });

  it('ignores checksums, and writes nothing into the backup', async () => {
    const { run, stores, deps } = prepare({ record: aBackup({ wantsChecksums: true }) });
    await finished(stores, 1n);
    const recordExecutor = vi.fn(async () => true);
    deps.backups = { ...deps.backups, recordExecutor };

    expect(await run('Restore')).toMatchObject({ reason: expect.not.stringContaining('tables') });
    await run('Restore', { wantedExecutor: 'fargate' });
    expect(recordExecutor).not.toHaveBeenCalled();
  });

  it('counts every link of the chain', async () => {
    const { run, stores, deps } = prepare();
    await finished(stores, 240n);
    const base = stores.record;
    if (base?.status !== 'Finished') throw new Error('the base is finished');
    const bases = new Map([
      ['full', { ...base, backupId: 'full' }],
      ['backup-1', { ...base, base: { backupId: 'full', backupTso: '1' } }],
    ]);
    expect(await run('Restore')).toMatchObject({ executor: 'lambda' });
    deps.backups = { ...deps.backups, get: async (id) => bases.get(id) };

    expect(await run('Restore')).toMatchObject({ executor: 'fargate', reason: expect.stringContaining('1440.0 GiB') });
  });

  it('of an unusable backup lets the next node report that', async () => {
    expect(await prepare().run('Restore')).toMatchObject({ executor: 'lambda' });
  });
});
