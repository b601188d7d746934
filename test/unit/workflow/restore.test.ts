import { describe, expect, it } from 'vitest';
import type { FinishedBackup } from '../../../functions/domain/backup-record.ts';
import { NodeFailure } from '../../../functions/domain/node-failure.ts';
import { restoreFail } from '../../../functions/workflow/nodes/restore-fail.ts';
import { type RestoreDeps, restoreFromSrcCluster } from '../../../functions/workflow/nodes/restore-from-src-cluster.ts';
import { FakeTidb } from '../../support/fake-tidb.ts';
import { MemoryStores } from '../../support/memory-stores.ts';
import { aBackup, CREATED } from '../../support/records.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const INPUT = { workFlowId: 'restore-1', backupId: 'backup-1', clusterId: 'cluster-2', maintenanceStatusChange: true };
const FINISHED: FinishedBackup = {
  ...aBackup({ attempts: 2 }),
  ...{
    status: 'Finished',
    startTime: CREATED,
    endTime: CREATED,
    backupTso: '449',
    sizeBytes: '77',
    finishedAttempt: 2,
  },
};

function prepare({ present = ['backupmeta', '1.sst'] } = {}) {
  const stores = new MemoryStores();
  stores.record = FINISHED;
  stores.cluster = stores.cluster && {
    ...stores.cluster,
    clusterId: 'cluster-2',
    maintenance: { status: 'Restore', operationId: 'restore-1', since: CREATED },
  };
  const clock = new VirtualClock();
  const tidb = new FakeTidb(clock);
  const files = {
    exists: async (_: unknown, name: string) => present.includes(name),
    isEmpty: async () => present.length === 0,
  };
  const { clusters, backups, workflows, config } = stores;
  const deps: RestoreDeps = {
    clusters,
    backups,
    workflows,
    config,
    tidb,
    files,
    clock,
    executor: 'lambda',
    deadline: clock.now() + 870_000,
    outOfTime: 'there was no time',
  };
  return { stores, clock, tidb, deps, run: () => restoreFromSrcCluster(INPUT, 'RestoreExistCluster', deps) };
}

describe('node restoreFromSrcCluster', () => {
  it('restores the attempt that finished', async () => {
    const { run, tidb, stores } = prepare();

    await expect(run()).resolves.toEqual({
      executor: 'lambda',
      backupTso: '449999999999999999',
      sizeBytes: '9007199254740993',
    });

    expect(tidb.sent).toEqual([expect.stringMatching(/^RESTORE .*"tidb\/cluster-1\/backup-1\/attempt-2"/)]);
    expect(stores.workflowStatus).toBe('Processing');
    expect(tidb.openConnections).toBe(0);
  });

  it.each([
    [undefined, 'the backup is gone'],
    [aBackup(), 'the backup is Initializing, it would have to be Finished'],
  ])('refuses a record that is not finished', async (record, message) => {
    const { run, tidb, stores } = prepare();
    stores.record = record;

    await expect(run()).rejects.toMatchObject({ name: 'BackupNotRestorable', message });
    expect(tidb.sent).toEqual([]);
  });

  it('stops with its worker while TiDB reads the metadata for minutes', async () => {
    const { run, tidb, clock, deps } = prepare();
    tidb.listsFor = 300_000;
    const stop = new AbortController();
    deps.interruption = stop.signal;
    const interrupted = new NodeFailure('WorkerInterrupted', 'the worker is stopped');
    clock.sleep(30_000).then(() => stop.abort(interrupted));
    const began = clock.now();

    await expect(run()).rejects.toBe(interrupted);

    expect(clock.now() - began).toBeLessThan(40_000);
    expect(tidb.sent).toEqual([]);
  });

  it('holds nothing before all else is known to be right: a process that is frozen then could not let go of it', async () => {
    const { run, stores, clock } = prepare();
    stores.storedConfig = { RestoreRateLimit: 'fast' };

    await expect(run()).rejects.toMatchObject({ name: expect.any(String) });
    await clock.sleep(1_000);

    expect(stores.record).not.toHaveProperty('restoredBy');
  });

  it.each([
    [[], 'no file is in s3://backups/tidb/cluster-1/backup-1/attempt-2'],
    [['1.sst'], 'backupmeta is not in s3://backups/tidb/cluster-1/backup-1/attempt-2'],
  ])('says which path lacks the files', async (present, message) => {
    const { run } = prepare({ present });

    await expect(run()).rejects.toMatchObject({ name: 'BackupNotRestorable', message });
  });

  it('names the tables in the way before it begins, whatever the case of their names', async () => {
    const { run, tidb } = prepare();
    tidb.backupHolds = ['orders', 'Items', 'c"\n', 'd', 'e', 'f', 'g'].map((table) => ({
      database: 'Shop',
      table,
    }));
    tidb.tables = ['ORDERS', 'items', 'c"\n', 'd', 'e', 'f', 'other'].map((table) => ({ database: 'shop', table }));

    await expect(run()).rejects.toMatchObject({
      name: 'TablesInTheWay',
      message:
        '6 tables of the backup exist in the cluster already, drop them or restore into another cluster: ' +
        '"Shop.orders", "Shop.Items", "Shop.c\\"\\n", "Shop.d", "Shop.e" and 1 more',
    });
    expect(tidb.sent).toEqual([]);
    expect(tidb.openConnections).toBe(0);
  });

  it('restores a part of a backup that also holds an empty database', async () => {
    const { tidb, deps } = prepare();
    tidb.emptyDatabases = ['test'];
    const input = { ...INPUT, scope: { databases: ['shop', 'TEST'] } };

    await expect(restoreFromSrcCluster(input, 'RestoreExistCluster', deps)).resolves.toBeDefined();
  });

  it('goes beside tables that are not in the backup', async () => {
    const { run, tidb } = prepare();
    tidb.tables = [
      { database: 'shop', table: 'other' },
      { database: 'other', table: 'orders' },
    ];

    await expect(run()).resolves.toBeDefined();
  });

  it('leaves it to RESTORE to find them where TiDB cannot tell what is in a backup', async () => {
    const { run, tidb } = prepare();
    tidb.backupHolds = undefined;

    await expect(run()).resolves.toBeDefined();
  });

  it('stops its query when its function is about to end', async () => {
    const { run, tidb } = prepare();
    tidb.runsFor = 3_600_000;

    await expect(run()).rejects.toMatchObject({ name: 'OutOfTime' });
    expect(tidb.isRunning()).toBe(false);
  });

  it('after its connection was lost, succeeds if TiDB says that it finished', async () => {
    const { run, tidb } = prepare();
    Object.assign(tidb, { runsFor: 60_000, losesConnectionAfter: 10_000 });

    await expect(run()).resolves.toEqual({ executor: 'lambda', backupTso: '449', sizeBytes: '77' });
  });

  it('after its connection was lost, fails if nothing says that it finished', async () => {
    const { run, tidb } = prepare();
    Object.assign(tidb, { runsFor: 60_000, losesConnectionAfter: 10_000, hidesProgress: true });

    await expect(run()).rejects.toMatchObject({ name: 'TidbConnectionLost' });
  });
});

describe('node fail of a restore', () => {
  it('ends a statement that outlived its node, frees the cluster, and fails with the true error', async () => {
    const { stores, tidb, clock } = prepare();
    const { clusters, backups, workflows } = stores;
    await backups.holdForRestore('backup-1', 'restore-1');
    tidb.startLeftover();
    const error = { Error: 'Sandbox.Timedout', Cause: 'timed out' };

    await expect(restoreFail({ ...INPUT, error }, { clusters, backups, workflows, tidb, clock })).rejects.toMatchObject(
      {
        name: 'NodeDied',
        message: 'Sandbox.Timedout: timed out',
      },
    );

    expect(tidb.isRunning()).toBe(false);
    expect(stores.cluster).not.toHaveProperty('maintenance');
    expect(stores.workflowStatus).toBe('Error');
    expect(stores.record).toEqual(FINISHED);
  });

  it('says that the statement may still run where a server does not answer, and frees the cluster', async () => {
    const { stores, tidb, clock } = prepare();
    const { clusters, backups, workflows } = stores;
    tidb.startLeftover();
    tidb.silentServer = 'tidb-0:10080';
    const error = { Error: 'TidbConnectionLost', Cause: '{"errorMessage": "the connection to TiDB was lost"}' };

    await expect(restoreFail({ ...INPUT, error }, { clusters, backups, workflows, tidb, clock })).rejects.toMatchObject(
      {
        name: 'TidbConnectionLost',
        message: expect.stringMatching(/^the connection to TiDB was lost; whether RESTORE still runs .*tidb-0:10080/),
      },
    );

    expect(stores.cluster).not.toHaveProperty('maintenance');
    expect(stores.workflowStatus).toBe('Error');
  });

  it('run again, leaves the next restore of the same backup alone, which holds the cluster by now', async () => {
    const { stores, tidb, clock } = prepare();
    const { clusters, backups, workflows } = stores;
    const maintenance = { status: 'Restore', operationId: 'restore-2', since: CREATED } as const;
    stores.cluster = stores.cluster && { ...stores.cluster, maintenance };
    tidb.startLeftover();
    const error = { Error: 'Sandbox.Timedout', Cause: 'timed out' };

    await expect(restoreFail({ ...INPUT, error }, { clusters, backups, workflows, tidb, clock })).rejects.toThrow();

    expect(tidb.isRunning()).toBe(true);
    expect(stores.cluster).toMatchObject({ maintenance });
    expect(stores.workflowStatus).toBe('Error');
  });
});
