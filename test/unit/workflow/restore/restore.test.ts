import { describe, expect, it, vi } from 'vitest';
import type { FinishedBackup } from '../../../../functions/domain/backup/backup-record.ts';
import { NodeFailure } from '../../../../functions/domain/workflow/node-failure.ts';
import type { FlowName, OperationInput } from '../../../../functions/domain/workflow/workflow.ts';
import type { LookedAtLink } from '../../../../functions/workflow/restore/look-before-restore.ts';
import { restoreFail } from '../../../../functions/workflow/restore/restore-fail.ts';
import {
  type RestoreDeps,
  restoreFromSrcCluster,
} from '../../../../functions/workflow/restore/restore-from-src-cluster.ts';
import { whatIsRestored } from '../../../../functions/workflow/restore/what-is-restored.ts';
import { backupMetaBytes, filesOf } from '../../../support/backup-meta.ts';
import { FakeTidb } from '../../../support/fake-tidb.ts';
import { MemoryStores } from '../../../support/memory-stores.ts';
import { aBackup, CREATED, later } from '../../../support/records.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

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

interface Prepared {
  files: RestoreDeps['files'];
  input: Partial<OperationInput>;
}

const META = backupMetaBytes({ backupTso: FINISHED.backupTso });

function prepare({ files = filesOf({ backupmeta: META }), input = {} }: Partial<Prepared> = {}) {
  const stores = new MemoryStores();
  stores.record = FINISHED;
  stores.cluster = stores.cluster && {
    ...stores.cluster,
    clusterId: 'cluster-2',
    maintenance: { status: 'Restore', operationId: 'restore-1', since: CREATED },
  };
  const clock = new VirtualClock();
  const tidb = new FakeTidb(clock);
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
  return {
    stores,
    clock,
    tidb,
    deps,
    run: (flowName: FlowName = 'RestoreExistCluster') => restoreFromSrcCluster({ ...INPUT, ...input }, flowName, deps),
  };
}

/** What the one RESTORE that was sent said beside its location. */
function statementOf(tidb: FakeTidb): object {
  const [sent = ''] = tidb.sent;
  const { type: _type, bucket: _bucket, prefix: _prefix, ...statement } = JSON.parse(sent.slice('RESTORE '.length));
  return statement;
}

describe('node restoreFromSrcCluster', () => {
  it('restores the attempt that finished', async () => {
    const { run, tidb, stores } = prepare();

    await expect(run()).resolves.toStrictEqual({
      executor: 'lambda',
      // The record's: on old releases RESTORE answers the cluster's own timestamp.
      backupTso: '449',
      sizeBytes: '9007199254740993',
    });

    expect(tidb.sent).toEqual([expect.stringMatching(/^RESTORE .*"tidb\/cluster-1\/backup-1\/attempt-2"/)]);
    expect(stores.workflowStatus).toBe('Processing');
    expect(stores.succeededAt).toBeDefined();
    expect(tidb.openConnections).toBe(0);
  });

  it.each([
    [undefined, 'the backup no longer exists'],
    [aBackup(), 'the backup is Initializing, but must be Finished'],
  ])('refuses a record that is not finished', async (record, message) => {
    const { run, tidb, stores } = prepare();
    stores.record = record;

    await expect(run()).rejects.toMatchObject({ name: 'BackupNotRestorable', message });
    expect(tidb.sent).toEqual([]);
  });

  it('does not begin a day after it was asked for', async () => {
    const { run, tidb, stores } = prepare();
    stores.hold({ since: later(-86_400) });

    await expect(run()).rejects.toMatchObject({ name: 'TooLateToBegin' });

    expect(tidb.sent).toEqual([]);
    expect(stores.succeededAt).toBeUndefined();
  });

  it('tells its workflow what it does just now', async () => {
    const { run, tidb, stores } = prepare();
    Object.assign(tidb, { runsFor: 60_000, queuesFor: 30_000 });

    await run();

    expect(stores.steps).toEqual([
      'reading the metadata of the backup and checking the cluster',
      'restoring',
      "restoring: waiting in TiDB's queue",
      'restoring',
    ]);
  });

  it('logs each quarter of its way once', async () => {
    const lines: unknown[] = [];
    vi.spyOn(console, 'info').mockImplementation((line) => lines.push(line));
    const { run, tidb } = prepare();
    tidb.runsFor = 60_000;

    await run();

    const ofProgress = lines
      .filter((line) => Object(line).message === 'restore in progress')
      .map((line) => Object(line));
    expect(ofProgress.map(({ percent }) => Math.floor(percent / 25))).toEqual([1, 2, 3]);
  });

  it('of a drill leaves what comes next to the next node, and says nothing of a cluster that is destroyed', async () => {
    const drilled = prepare();
    await drilled.run('RestoreDrill');
    expect(drilled.stores.steps.at(-1)).toBeUndefined();

    const failed = prepare();
    failed.tidb.onSend = () => Object.assign(failed.tidb, { tables: failed.tidb.backupHolds });
    failed.tidb.endsWith = new NodeFailure('RestoreFailed', 'TiDB error 8125: no space');
    await expect(failed.run('RestoreDrill')).rejects.toMatchObject({ message: 'TiDB error 8125: no space' });
  });

  it('sends nothing for a backup that holds but the databases of TiDB, whose accounts stay', async () => {
    const { run, tidb } = prepare({ input: { withSystemTables: true } });
    Object.assign(tidb, { backupHolds: [], release: { tidbVersion: 'v8.5.0' } });

    await expect(run()).resolves.toMatchObject({ backupTso: '449' });
  });

  it('is none the worse if a step cannot be told', async () => {
    const { run, stores, deps } = prepare();
    vi.spyOn(console, 'warn').mockReturnValue();
    const { setStatus } = stores.workflows;
    deps.workflows = {
      ...stores.workflows,
      setStatus: async (workflow, status, at, step) =>
        step === 'restoring' ? Promise.reject(new Error('throttled')) : setStatus(workflow, status, at, step),
    };

    await expect(run()).resolves.toMatchObject({ executor: 'lambda' });
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

  it('holds nothing before all else is known to be right: a process that is frozen then could not release it', async () => {
    const { run, stores, clock } = prepare();
    stores.storedConfig = { RestoreRateLimit: 'fast' };

    await expect(run()).rejects.toMatchObject({ name: expect.any(String) });
    await clock.sleep(1_000);

    expect(stores.record).not.toHaveProperty('restoredBy');
  });

  it.each([
    ['is missing with all others', {}, 'no file is in PATH'],
    ['is missing', { '1.sst': META }, 'backupmeta is not in PATH'],
    ['is empty', { backupmeta: new Uint8Array() }, 'backupmeta in PATH is damaged: it is empty'],
    ['is cut off', { backupmeta: META.subarray(0, -1) }, 'backupmeta in PATH is damaged: it ends in the middle'],
    [
      'is another one',
      { backupmeta: backupMetaBytes({ backupTso: '450' }) },
      'backupmeta in PATH is of another backup: it ends at TSO 450, but this one at 449',
    ],
  ])('refuses a backup whose backupmeta %s', async (_, present, message) => {
    const { run, tidb } = prepare({ files: filesOf(present) });

    await expect(run()).rejects.toMatchObject({
      name: 'BackupNotRestorable',
      message: message.replace('PATH', 's3://backups/tidb/cluster-1/backup-1/attempt-2'),
    });
    expect(tidb.sent).toEqual([]);
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
        '6 tables of the backup already exist in the cluster; ' +
        'drop them (DROP TABLE, DROP VIEW or DROP SEQUENCE), or restore into another cluster: ' +
        '"shop.ORDERS", "shop.items", "shop.c\\"\\n", "shop.d", "shop.e" and 1 more',
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

  describe('where TiDB cannot tell what is in a backup', () => {
    const files = filesOf({
      backupmeta: backupMetaBytes({ backupTso: '449', schemas: [['Shop', 'orders'], ['test']] }),
    });

    it('reads that by itself, and names the tables in the way', async () => {
      const { run, tidb } = prepare({ files });
      tidb.backupHolds = undefined;
      tidb.tables = [{ database: 'shop', table: 'ORDERS' }];

      await expect(run()).rejects.toMatchObject({
        name: 'TablesInTheWay',
        message: expect.stringContaining('"shop.ORDERS"'),
      });
    });

    it.each([{ databases: ['crm'] }, { tables: ['shop.items'] }])(
      'refuses to restore what is not in it: %j',
      async (scope) => {
        const { run, tidb } = prepare({ files, input: { scope } });
        tidb.backupHolds = undefined;

        await expect(run()).rejects.toHaveProperty('name', 'ScopeNotFound');
        expect(tidb.sent).toEqual([]);
      },
    );
  });

  it('refuses a backup that holds nothing: RESTORE would call that a success', async () => {
    const { run, tidb } = prepare();
    tidb.backupHolds = [];

    await expect(run()).rejects.toMatchObject({ name: 'NothingToRestore' });
    expect(tidb.sent).toEqual([]);
  });

  it('is no success if none of the tables is there afterwards, whatever TiDB says', async () => {
    const { run, tidb, stores } = prepare();
    tidb.makesDatabases = false;

    await expect(run()).rejects.toMatchObject({
      name: 'RestoreFailed',
      message: expect.stringMatching(/^RESTORE succeeded, but none of the tables exists: "shop.orders"/),
    });
    expect(stores.succeededAt).toBeUndefined();
  });

  it('says which databases it has made without a table, and that TiDB has made them', async () => {
    const restored = prepare({ input: { scope: { databases: ['TEST'] } } });
    restored.tidb.emptyDatabases = ['test', 'other'];
    await expect(restored.run()).resolves.toMatchObject({ emptyDatabases: ['test'] });

    const beside = prepare();
    beside.tidb.emptyDatabases = ['test'];
    await expect(beside.run()).resolves.not.toHaveProperty('emptyDatabases');
    const asked = prepare({ input: { scope: { databases: ['shop', 'test'] } } });
    asked.tidb.emptyDatabases = ['test'];
    await expect(asked.run()).resolves.toMatchObject({ emptyDatabases: ['test'] });
    const full = prepare({ input: { scope: { databases: ['shop'] } } });
    await expect(full.run()).resolves.not.toHaveProperty('emptyDatabases');
    const alone = prepare();
    Object.assign(alone.tidb, { backupHolds: [], emptyDatabases: ['test'] });
    await expect(alone.run()).resolves.toMatchObject({ emptyDatabases: ['test'] });

    const missing = prepare({ input: { scope: { databases: ['test'] } } });
    Object.assign(missing.tidb, { emptyDatabases: ['test'], makesDatabases: false });
    await expect(missing.run()).rejects.toMatchObject({
      name: 'RestoreFailed',
      message: expect.stringContaining('"test"'),
    });
  });

  it.each([
    [{ tidbVersion: 'v7.5.3' }, 'the backup is of TiDB v8.5.0, but the cluster is v7.5.3; restore it into v8 or later'],
    [
      { newCollationEnabled: false },
      /^new_collation_enabled is false in the cluster, but true in the backup; .*_on_first_bootstrap = true/,
    ],
  ])('refuses a cluster that is not like that of the backup: %j', async (release, message) => {
    const byRecord = prepare();
    byRecord.stores.record = { ...FINISHED, tidbVersion: 'v8.5.0', newCollationEnabled: true };
    // Of an older record that does not say it.
    const meta = backupMetaBytes({ backupTso: '449', clusterVersion: '8.5.0', newCollations: 'True' });
    const byFile = prepare({ files: filesOf({ backupmeta: meta }) });

    for (const { run, tidb } of [byRecord, byFile]) {
      tidb.release = { ...tidb.release, ...release };
      await expect(run()).rejects.toMatchObject({
        name: 'ClusterIncompatible',
        message: typeof message === 'string' ? message : expect.stringMatching(message),
      });
      expect(tidb.sent).toEqual([]);
    }
  });

  it('refuses a cluster with leftovers of an interrupted restore, and says how to clear them', async () => {
    const { run, tidb } = prepare();
    tidb.leftovers = { databases: ['__TiDB_BR_Temporary_mysql'], registered: ['7', '9'] };

    await expect(run()).rejects.toMatchObject({
      name: 'RestoreLeftovers',
      message: expect.stringMatching(
        /it left "__TiDB_BR_Temporary_mysql" and 2 rows in mysql\.tidb_restore_registry; drop the tables that it restored, then run DROP DATABASE `__TiDB_BR_Temporary_mysql`; DELETE FROM mysql\.tidb_restore_registry WHERE id IN \(7, 9\), or br abort/,
      ),
    });
    expect(tidb.sent).toEqual([]);
  });

  it.each([
    [
      'an empty cluster',
      [],
      [],
      'BackupNotRestorable',
      /^the data restored into an empty cluster differ from the backup: TiDB error 8125/,
    ],
    [
      'a cluster with other tables',
      [{ database: 'crm', table: 'leads' }],
      [],
      'ChecksumMismatch',
      /somebody wrote .* earlier restore .* damaged, which a drill would show/,
    ],
    ['a cluster whose unfinished restores it cannot see', [], undefined, 'ChecksumMismatch', /not proven empty/],
  ])('takes a checksum that does not match for damage in %s alone', async (_, tables, registered, name, message) => {
    const { run, tidb } = prepare();
    tidb.tables = tables;
    tidb.leftovers = { databases: [], registered };
    tidb.endsWith = new NodeFailure('ChecksumMismatch', 'TiDB error 8125: ErrRestoreChecksumMismatch');

    await expect(run()).rejects.toMatchObject({ name, message: expect.stringMatching(message) });
  });

  it.each([
    ['1/2_3_write.sst', 'StoreRefused', /^TiKV does not find a file of the backup that exists; mount the share/],
    ['1/9_9_write.sst', 'BackupNotRestorable', /^TiDB error 8125: .*no such file or directory$/],
  ])('of a share looks itself whether %s is missing: %s', async (name, failure, message) => {
    const { run, tidb, stores } = prepare({ files: filesOf({ backupmeta: META, '1/2_3_write.sst': META }) });
    stores.record = { ...FINISHED, location: { type: 'nfs', path: '/backups/cluster-1/backup-1' } };
    const path = `/backups/cluster-1/backup-1/attempt-2/${name}`;
    tidb.endsWith = new NodeFailure(
      'BackupNotRestorable',
      `TiDB error 8125: Restore failed: open ${path}: no such file or directory`,
    );

    await expect(run()).rejects.toMatchObject({ name: failure, message: expect.stringMatching(message) });
  });

  it('has noted where RESTORE runs before it is sent, and that all is restored', async () => {
    const { run, tidb, stores } = prepare();
    let noted: unknown;
    tidb.onSend = () => {
      noted = stores.restore;
    };

    await run();

    expect(noted).toEqual({ restored: 0, statement: { server: 'tidb-0:4000', connectionId: tidb.connectionId } });
    expect(stores.restore).toEqual({ restored: 1 });
  });

  it.each(['recordRestore', 'recordSuccess'] as const)(
    'does not fail because the store is away when it has succeeded: %s is tried again',
    async (write) => {
      vi.spyOn(console, 'warn').mockReturnValue();
      const { run, tidb, stores, clock } = prepare();
      tidb.onSend = () => {
        const { workflows } = stores;
        const isBackAt = clock.now() + 300_000;
        const original = workflows[write];
        Object.assign(workflows, {
          [write]: async (...call: Parameters<typeof original>) =>
            clock.now() < isBackAt ? Promise.reject(new Error('throttled')) : Reflect.apply(original, workflows, call),
        });
      };

      await expect(run()).resolves.toMatchObject({ backupTso: '449' });
      expect(stores.restore).toEqual({ restored: 1 });
      expect(stores.succeededAt).toBeDefined();
    },
  );

  it('sends nothing once another run has taken it over', async () => {
    const { run, tidb, stores, clock } = prepare();
    tidb.listsFor = 60_000;
    void clock.sleep(30_000).then(() => stores.workflows.beginRestore('restore-1', CREATED));

    await expect(run()).rejects.toMatchObject({ name: 'OperationSuperseded' });
    expect(tidb.sent).toEqual([]);
  });

  describe('after a run that died, or whose answer was lost', () => {
    const ORDERS = { database: 'shop', table: 'orders' };
    const afterDeath = (restored = 0) => {
      vi.spyOn(console, 'warn').mockReturnValue();
      const prepared = prepare();
      const { stores, tidb } = prepared;
      stores.restoreRuns = 1;
      const statement = { server: 'tidb-1:4000', connectionId: '77' };
      stores.restore = restored === 0 ? { restored, statement } : { restored };
      tidb.tables = [ORDERS];
      return prepared;
    };
    /** The RESTORE of the run before. */
    const sent = ({ tidb }: ReturnType<typeof prepare>, runsFor: number) => {
      tidb.runsFor = runsFor;
      tidb.startLeftover();
    };

    it('succeeds without looking at TiDB if all was restored', async () => {
      const { run, tidb, stores } = afterDeath(1);

      await expect(run()).resolves.toEqual({ executor: 'lambda', backupTso: '449', sizeBytes: '77' });
      expect(tidb.sent).toEqual([]);
      expect(stores.succeededAt).toBeDefined();
    });

    it('waits for its RESTORE on the server that runs it, and adopts it', async () => {
      const prepared = afterDeath();
      const { run, tidb, stores, clock } = prepared;
      sent(prepared, 300_000);
      const began = clock.now();

      await expect(run()).resolves.toMatchObject({ backupTso: '449', sizeBytes: '77' });

      expect(clock.now() - began).toBeGreaterThan(300_000);
      expect({ sent: tidb.sent, killed: tidb.killed }).toEqual({ sent: [], killed: [] });
      expect(tidb.wantedServer).toBe('tidb-1:4000');
      expect(stores.restore).toEqual({ restored: 1 });
    });

    it('lets the run before send nothing any more', async () => {
      const prepared = afterDeath();
      sent(prepared, 1_000);

      await prepared.run();

      expect(prepared.tidb.disconnected).toEqual(['77']);
    });

    it.each([
      ['TiDB has forgotten it', { hidesProgress: true }],
      ['a table is missing', { tables: [], backupHolds: [ORDERS, { database: 'shop', table: 'items' }] }],
      ['BR has not cleared away', { leftovers: { databases: ['__TiDB_BR_Temporary_mysql'], registered: [] } }],
    ])('fails if it is over and %s, and says what is left', async (_, state) => {
      const prepared = afterDeath();
      sent(prepared, 1_000);
      Object.assign(prepared.tidb, { ...state, tables: [ORDERS] });

      await expect(prepared.run()).rejects.toMatchObject({
        name: 'TidbConnectionLost',
        message: expect.stringMatching(
          /^an earlier run of the node died while RESTORE ran, and nothing proves that it finished; it left /,
        ),
      });
      expect(prepared.tidb.sent).toEqual([]);
    });

    it('restores if it never began', async () => {
      const { run, tidb } = afterDeath();
      tidb.tables = [];

      await expect(run()).resolves.toMatchObject({ backupTso: '449' });
      expect(tidb.sent).toHaveLength(1);
    });

    it('fails if nobody can tell whether it runs', async () => {
      const prepared = afterDeath();
      sent(prepared, 1_000);
      prepared.tidb.silentServer = 'tidb-0:10080';

      await expect(prepared.run()).rejects.toMatchObject({
        name: 'TidbConnectionLost',
        message: expect.stringContaining('it may still be running'),
      });
      expect(prepared.tidb.sent).toEqual([]);
    });

    it('kills it when its own time is over', async () => {
      const prepared = afterDeath();
      sent(prepared, 3_600_000);

      await expect(prepared.run()).rejects.toMatchObject({ name: 'OutOfTime' });
      expect(prepared.tidb.isRunning()).toBe(false);
    });

    it('never takes a cluster for empty again that has been restored into', async () => {
      for (const restored of [0, 1]) {
        const prepared = afterDeath(restored);
        if (restored === 0) sent(prepared, 1_000);
        const { deps, tidb } = prepared;
        const link = {
          record: FINISHED,
          contents: { databases: ['shop'], tables: [ORDERS] },
        } as unknown as LookedAtLink;
        const look = { links: [link], release: {}, tables: [ORDERS], emptyDatabases: [], isProvenEmpty: true };
        const statement = { server: 'tidb-1:4000', connectionId: '77' };
        const earlier = restored === 0 ? { restored, statement } : { restored };

        const begun = whatIsRestored(earlier, look, INPUT, await tidb.openSession(), { ...deps, note: async () => {} });

        await expect(begun).resolves.toEqual({ restored: 1, isProvenEmpty: false });
      }
    });

    it('does not take up the next link if that of the run before is over', async () => {
      const { deps, tidb } = afterDeath();
      tidb.tables = [];
      const link = { record: FINISHED, contents: { databases: [], tables: [] } } as unknown as LookedAtLink;
      const look = { links: [link, link], release: {}, tables: [], emptyDatabases: [], isProvenEmpty: false };
      const earlier = { restored: 1, statement: { server: 'tidb-1:4000', connectionId: '77' } };
      const session = await tidb.openSession();

      await expect(
        whatIsRestored(earlier, look, INPUT, session, { ...deps, note: async () => {} }),
      ).rejects.toMatchObject({ name: 'TidbConnectionLost' });
    });
  });

  it('says of a restore that failed what it has left, and of one that did not', async () => {
    const failed = prepare();
    failed.tidb.onSend = () => {
      failed.tidb.tables = [{ database: 'shop', table: 'orders' }];
    };
    failed.tidb.endsWith = new NodeFailure('RestoreFailed', 'TiDB error 8125: no space');
    await expect(failed.run()).rejects.toMatchObject({
      name: 'RestoreFailed',
      message: 'TiDB error 8125: no space; it left 1 tables; drop them before a retry: "shop.orders"',
    });

    for (const endsWith of [new NodeFailure('RestoreFailed', 'TiDB error 8125: no space'), undefined]) {
      const { run, tidb } = prepare();
      tidb.onSend = () => {
        tidb.leftovers = { databases: ['__TiDB_BR_Temporary_sys'], registered: [] };
      };
      tidb.endsWith = endsWith;
      const says = expect.stringMatching(
        /"__TiDB_BR_Temporary_sys"; drop the tables .* DROP DATABASE `__TiDB_BR_Temporary_sys`$/,
      );
      if (endsWith === undefined) await expect(run()).resolves.toMatchObject({ leftBehind: says });
      else await expect(run()).rejects.toMatchObject({ message: says });
    }
  });

  describe('of everything leaves the accounts of the cluster alone', () => {
    it.each([
      ['v8.2.0', { withSystemTables: false }],
      ['v8.5.5', { withSystemTables: false }],
      ['v8.1.2', { scope: { databases: ['shop', 'test'] } }],
      ['v7.6.0', { scope: { databases: ['shop', 'test'] } }],
      [undefined, { scope: { databases: ['shop', 'test'] } }],
      ['v7.5.3', {}],
      ['v6.5.12', {}],
    ])('on %s', async (tidbVersion, statement) => {
      const { run, tidb } = prepare();
      tidb.release = { ...(tidbVersion !== undefined && { tidbVersion }) };
      tidb.emptyDatabases = ['test'];

      await run();

      expect(statementOf(tidb)).toEqual(statement);
    });

    it.each([
      ['v8.2.0', { withSystemTables: true }],
      ['v8.1.2', {}],
      ['v7.6.0', {}],
    ])('unless it is to take them along, on %s', async (tidbVersion, statement) => {
      const { run, tidb } = prepare({ input: { withSystemTables: true } });
      tidb.release = { tidbVersion };

      await expect(run()).resolves.toMatchObject({ account: { works: true } });

      expect(statementOf(tidb)).toEqual(statement);
      expect(tidb.openConnections).toBe(0);
    });

    it.each([
      [{ tidbVersion: 'v7.5.3' }, {}, 'TiDB restores users and grants from v7.6.0 on, but the cluster is v7.5.3'],
      [{}, {}, 'but the cluster is of an unknown version'],
      [{ tidbVersion: 'v8.5.0' }, { tidbVersion: 'v7.1.6' }, 'the backup backup-1: it is of TiDB v7.1.6'],
    ])('and is refused where TiDB cannot take them along: %j', async (release, record, message) => {
      const { run, tidb, stores } = prepare({ input: { withSystemTables: true } });
      tidb.release = release;
      stores.record = { ...FINISHED, ...record };

      await expect(run()).rejects.toMatchObject({
        name: 'ClusterIncompatible',
        message: expect.stringContaining(message),
      });
      expect(tidb.sent).toEqual([]);
    });

    it.each([
      [new NodeFailure('TidbAccessDenied', 'tidb-0:4000 refused the account'), 'refused the account'],
      [['BACKUP_ADMIN'], 'it now lacks RESTORE_ADMIN, PROCESS;'],
    ] as const)('and says when the account of the cluster no longer serves: %j', async (privileges, reason) => {
      const { run, tidb } = prepare({ input: { withSystemTables: true } });
      tidb.onSend = () => {
        tidb.privileges = privileges;
      };

      await expect(run()).resolves.toMatchObject({
        account: { works: false, reason: expect.stringContaining(reason) },
      });
    });

    it('and a part leaves them alone anyway', async () => {
      const { run, tidb } = prepare({ input: { scope: { databases: ['shop'] } } });

      await run();

      expect(tidb.sent).toEqual([expect.not.stringContaining('withSystemTables')]);
    });
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
    tidb.onSend = () => Object.assign(tidb, { tables: tidb.backupHolds });

    await expect(run()).resolves.toEqual({ executor: 'lambda', backupTso: '449', sizeBytes: '77' });
  });

  it('after its connection was lost, fails if a table is missing, whatever TiDB says', async () => {
    const { run, tidb } = prepare();
    Object.assign(tidb, { runsFor: 60_000, losesConnectionAfter: 10_000 });

    await expect(run()).rejects.toMatchObject({ name: 'TidbConnectionLost' });
  });

  it('after its connection was lost, fails if it has left databases of BR, whatever TiDB says', async () => {
    const { run, tidb } = prepare();
    Object.assign(tidb, { runsFor: 60_000, losesConnectionAfter: 10_000 });
    const databases = ['__TiDB_BR_Temporary_Snapshot_Restore_Checkpoint'];
    tidb.onSend = () => Object.assign(tidb, { tables: tidb.backupHolds, leftovers: { databases, registered: [] } });

    await expect(run()).rejects.toMatchObject({ name: 'TidbConnectionLost' });
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

  it('ends a restore that has succeeded as a success, whatever came after', async () => {
    const { stores, tidb, clock, run } = prepare();
    const { clusters, backups, workflows } = stores;
    await run();
    const error = { Error: 'Lambda.Unknown', Cause: 'the answer was lost' };

    await expect(restoreFail({ ...INPUT, error }, { clusters, backups, workflows, tidb, clock })).rejects.toThrow();

    expect(stores.workflowStatus).toBe('Finished');
    expect(stores.cluster).not.toHaveProperty('maintenance');
    expect(stores.record).not.toHaveProperty('restoredBy');
  });

  it('says that the statement may still be running where a server does not answer, and frees the cluster', async () => {
    const { stores, tidb, clock } = prepare();
    const { clusters, backups, workflows } = stores;
    tidb.startLeftover();
    tidb.silentServer = 'tidb-0:10080';
    const error = { Error: 'TidbConnectionLost', Cause: '{"errorMessage": "the connection to TiDB was lost"}' };

    await expect(restoreFail({ ...INPUT, error }, { clusters, backups, workflows, tidb, clock })).rejects.toMatchObject(
      {
        name: 'TidbConnectionLost',
        message: expect.stringMatching(
          /^the connection to TiDB was lost; it is unknown whether RESTORE is still running.*tidb-0:10080/,
        ),
      },
    );

    expect(stores.cluster).not.toHaveProperty('maintenance');
    expect(stores.workflowStatus).toBe('Error');
  });

  it.each(['BackupNotRestorable', 'BackupNotReplayable'])(
    'keeps what speaks against the backup as evidence, which takes verifiedAt away: %s',
    async (name) => {
      const { stores, tidb, clock } = prepare();
      const { clusters, backups, workflows } = stores;
      stores.record = { ...FINISHED, verifiedAt: CREATED, recoverySeconds: 1 };
      const error = { Error: name, Cause: '{"errorMessage": "a file is missing"}' };

      await expect(restoreFail({ ...INPUT, error }, { clusters, backups, workflows, tidb, clock })).rejects.toThrow();

      expect(stores.record).toMatchObject({
        evidence: { workFlowId: 'restore-1', result: 'failed', reason: `${name}: a file is missing`, tables: 0 },
      });
      expect(stores.record).not.toHaveProperty('verifiedAt');
    },
  );

  it.each(['RestoreFailed', 'ChecksumMismatch', 'StoreRefused'])(
    'takes nothing of a backup away for %s',
    async (name) => {
      const { stores, tidb, clock } = prepare();
      const { clusters, backups, workflows } = stores;
      stores.record = { ...FINISHED, verifiedAt: CREATED, recoverySeconds: 1 };
      const error = { Error: name, Cause: '{"errorMessage": "so it was"}' };

      await expect(restoreFail({ ...INPUT, error }, { clusters, backups, workflows, tidb, clock })).rejects.toThrow();

      expect(stores.record).toEqual({ ...FINISHED, verifiedAt: CREATED, recoverySeconds: 1 });
    },
  );

  it('says what a node that died has left, and nothing after one that said so itself', async () => {
    const failing = async (name: string) => {
      const { stores, tidb, clock } = prepare();
      const { clusters, backups, workflows } = stores;
      tidb.leftovers = { databases: ['__TiDB_BR_Temporary_mysql'], registered: [] };
      const error = { Error: name, Cause: '{"errorMessage": "so it was"}' };
      const failed = await restoreFail({ ...INPUT, error }, { clusters, backups, workflows, tidb, clock }).catch(
        (reason: unknown) => reason,
      );
      expect(tidb.openConnections).toBe(0);
      return failed;
    };

    expect(await failing('Sandbox.Timedout')).toMatchObject({
      message: expect.stringMatching(/^Sandbox\.Timedout: so it was; it left "__TiDB_BR_Temporary_mysql"; drop/),
    });
    expect(await failing('OutOfTime')).toMatchObject({ message: 'so it was' });
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
