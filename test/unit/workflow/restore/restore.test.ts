import { describe, expect, it, vi } from 'vitest';
import { displayPath } from '../../../../functions/domain/storage/storage-location.ts';
import { NodeFailure } from '../../../../functions/domain/workflow/node-failure.ts';
import { restoreFromSrcCluster } from '../../../../functions/workflow/restore/restore-from-src-cluster.ts';
import { backupMetaBytes, filesOf } from '../../../support/backup-meta.ts';
import { aBackup, CREATED, later } from '../../../support/records.ts';
import { FINISHED, INPUT, META, prepare, statementOf } from '../../../support/restore-node.ts';

describe('node restoreFromSrcCluster', () => {
  it('restores the attempt that finished', async () => {
    const { run, tidb, stores } = prepare();

    await expect(run()).resolves.toStrictEqual({
      executor: 'lambda',
      // The record's: on old releases RESTORE returns the cluster's own timestamp.
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
  ])('refuses an unfinished record', async (record, message) => {
    const { run, tidb, stores } = prepare();
    stores.record = record;

    await expect(run()).rejects.toMatchObject({ name: 'BackupNotRestorable', message });
    expect(tidb.sent).toEqual([]);
  });

  it('does not start a day after the request', async () => {
    const { run, tidb, stores } = prepare();
    stores.hold({ since: later(-86_400) });

    await expect(run()).rejects.toMatchObject({ name: 'TooLateToBegin' });

    expect(tidb.sent).toEqual([]);
    expect(stores.succeededAt).toBeUndefined();
  });

  it('reports its current step to the workflow', async () => {
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

  it('says that TiDB no longer shows its progress only if TiDB has shown it', async () => {
    const { run, tidb, stores, clock } = prepare();
    tidb.runsFor = 60_000;
    tidb.onSend = () => void clock.sleep(30_000).then(() => Object.assign(tidb, { hidesProgress: true }));

    await run();

    expect(stores.steps.slice(1)).toEqual(['restoring', 'restoring; TiDB no longer shows its progress']);

    const never = prepare();
    Object.assign(never.tidb, { runsFor: 60_000, hidesProgress: true });
    await never.run();
    expect(never.stores.steps.slice(1)).toEqual(['restoring']);
  });

  describe('of a chain', () => {
    type Schemas = Parameters<typeof backupMetaBytes>[0]['schemas'];

    /** @param schemas contents of each link, if TiDB cannot tell */
    function prepareChain({ full, incr }: { full?: Schemas; incr?: Schemas } = {}) {
      const prepared = prepare();
      const base = { backupId: 'backup-0', backupTso: '448' };
      const at = (backupId: string) => ({ type: 's3', bucket: 'backups', prefix: `tidb/${backupId}` }) as const;
      const links = {
        'backup-0': { ...FINISHED, ...base, location: at('backup-0') },
        'backup-1': { ...FINISHED, backupType: 'incr', base, location: at('backup-1') },
      } as const;
      const metas = {
        'backup-0': backupMetaBytes({ backupTso: '448', ...(full && { schemas: full }) }),
        'backup-1': backupMetaBytes({ backupTso: '449', baseTso: '448', ...(incr && { schemas: incr }) }),
      };
      const { deps } = prepared;
      deps.backups = {
        ...deps.backups,
        holdForRestore: async (id) => (id === 'backup-0' || id === 'backup-1' ? links[id] : undefined),
      };
      deps.files = {
        ...deps.files,
        read: async (location, name) => {
          const backupmeta = metas[displayPath(location).includes('backup-0') ? 'backup-0' : 'backup-1'];
          return await filesOf({ backupmeta }).read(location, name);
        },
      };
      return prepared;
    }

    it('starts with the full backup, and reports the current link', async () => {
      const { run, tidb, stores } = prepareChain();
      const begun: unknown[] = [];
      tidb.onSend = () => begun.push(stores.restore?.restored);

      await expect(run()).resolves.toMatchObject({ backupTso: '449', sizeBytes: '18014398509481986' });

      expect(tidb.sent).toEqual([expect.stringContaining('backup-0'), expect.stringContaining('backup-1')]);
      expect(begun).toEqual([0, 1]);
      expect(stores.restore).toEqual({ restored: 2 });
      expect([...new Set(stores.steps.slice(1))]).toEqual(['restoring backup 1 of 2', 'restoring backup 2 of 2']);
    });

    it('skips an empty link, for which TiDB would restore everything', async () => {
      const { run, tidb } = prepareChain({ full: [], incr: [['shop', 'orders']] });
      const tables = [{ database: 'shop', table: 'orders' }];
      Object.assign(tidb, { backupHolds: undefined, release: { tidbVersion: 'v8.1.0' } });
      tidb.onSend = () => Object.assign(tidb, { tables });

      await expect(run()).resolves.toMatchObject({ backupTso: '449', sizeBytes: '9007199254740993' });

      expect(tidb.sent).toEqual([expect.stringContaining('backup-1')]);
    });
  });

  it('logs each quarter of its progress once', async () => {
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

  it('of a drill leaves what comes next to the next node, and does not mention a cluster that is destroyed', async () => {
    const drilled = prepare();
    await drilled.run('RestoreDrill');
    expect(drilled.stores.steps.at(-1)).toBeUndefined();

    const failed = prepare();
    failed.tidb.onSend = () => Object.assign(failed.tidb, { tables: failed.tidb.backupHolds });
    failed.tidb.endsWith = new NodeFailure('RestoreFailed', 'TiDB error 8125: no space');
    await expect(failed.run('RestoreDrill')).rejects.toMatchObject({ message: 'TiDB error 8125: no space' });
  });

  it("restores only users and grants of a backup that holds only TiDB's own databases", async () => {
    const { run, tidb } = prepare({ input: { withSystemTables: true } });
    Object.assign(tidb, { backupHolds: [], release: { tidbVersion: 'v8.5.0' } });

    await expect(run()).resolves.toMatchObject({ backupTso: '449' });
    expect(statementOf(tidb)).toEqual({ withSystemTables: true });
  });

  it('does not fail if a step cannot be recorded', async () => {
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

  it('holds nothing before all else has been checked: a frozen process could not release it', async () => {
    const { run, stores, clock } = prepare();
    stores.storedConfig = { RestoreRateLimit: 'fast' };

    await expect(run()).rejects.toMatchObject({ name: expect.any(String) });
    await clock.sleep(1_000);

    expect(stores.record).not.toHaveProperty('restoredBy');
  });

  it.each([
    ['is missing, like all other files', {}, 'no file is in PATH'],
    ['is missing', { '1.sst': META }, 'backupmeta is not in PATH'],
    ['is empty', { backupmeta: new Uint8Array() }, 'backupmeta in PATH is damaged: it is empty'],
    ['is truncated', { backupmeta: META.subarray(0, -1) }, 'backupmeta in PATH is damaged: it ends in the middle'],
    [
      'is of another backup',
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

  it('names the conflicting tables before it starts, in any case of their names', async () => {
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

  it('restores part of a backup that also holds an empty database', async () => {
    const { tidb, deps } = prepare();
    tidb.emptyDatabases = ['test'];
    const scope = { databases: ['shop', 'TEST'] };
    const input = { ...INPUT, scope };

    await expect(restoreFromSrcCluster(input, 'RestoreExistCluster', deps)).resolves.toBeDefined();
    expect(statementOf(tidb)).toEqual({ scope });
  });

  it('runs beside tables that are not in the backup', async () => {
    const { run, tidb } = prepare();
    tidb.tables = [
      { database: 'shop', table: 'other' },
      { database: 'other', table: 'orders' },
    ];

    await expect(run()).resolves.toBeDefined();
  });

  describe("if TiDB cannot list the backup's contents", () => {
    const files = filesOf({
      backupmeta: backupMetaBytes({ backupTso: '449', schemas: [['Shop', 'orders'], ['test']] }),
    });

    it('reads them itself, and names the conflicting tables', async () => {
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

  it('refuses an empty backup: RESTORE would call that a success', async () => {
    const { run, tidb } = prepare();
    tidb.backupHolds = [];

    await expect(run()).rejects.toMatchObject({ name: 'NothingToRestore' });
    expect(tidb.sent).toEqual([]);
  });

  it('does not succeed if none of the tables exists afterwards, whatever TiDB says', async () => {
    const { run, tidb, stores } = prepare();
    tidb.makesDatabases = false;

    await expect(run()).rejects.toMatchObject({
      name: 'RestoreFailed',
      message: expect.stringMatching(/^RESTORE succeeded, but none of the tables exists: "shop.orders"/),
    });
    expect(stores.succeededAt).toBeUndefined();
  });

  it('says which databases it has created without tables, and that TiDB has created them', async () => {
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
  ])("refuses a cluster that differs from the backup's: %j", async (release, message) => {
    const byRecord = prepare();
    byRecord.stores.record = { ...FINISHED, tidbVersion: 'v8.5.0', newCollationEnabled: true };
    // An older record, which does not say.
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

  it('refuses a cluster with leftovers of an interrupted restore, and says how to remove them', async () => {
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
  ])('takes a checksum mismatch for damage only in %s', async (_, tables, registered, name, message) => {
    const { run, tidb } = prepare();
    tidb.tables = tables;
    tidb.leftovers = { databases: [], registered };
    tidb.endsWith = new NodeFailure('ChecksumMismatch', 'TiDB error 8125: ErrRestoreChecksumMismatch');

    await expect(run()).rejects.toMatchObject({ name, message: expect.stringMatching(message) });
  });

  it.each([
    ['1/2_3_write.sst', 'StoreRefused', /^TiKV does not find a file of the backup that exists; mount the share/],
    ['1/9_9_write.sst', 'BackupNotRestorable', /^TiDB error 8125: .*no such file or directory$/],
  ])('on a share checks itself whether %s is missing: %s', async (name, failure, message) => {
    const { run, tidb, stores } = prepare({ files: filesOf({ backupmeta: META, '1/2_3_write.sst': META }) });
    stores.record = { ...FINISHED, location: { type: 'nfs', path: '/backups/cluster-1/backup-1' } };
    const path = `/backups/cluster-1/backup-1/attempt-2/${name}`;
    tidb.endsWith = new NodeFailure(
      'BackupNotRestorable',
      `TiDB error 8125: Restore failed: open ${path}: no such file or directory`,
    );

    await expect(run()).rejects.toMatchObject({ name: failure, message: expect.stringMatching(message) });
  });

  it('records where RESTORE runs before it is sent, and that all is restored', async () => {
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
    'does not fail if the store is unavailable after its success: %s is retried',
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

  it('sends nothing once another run has taken over', async () => {
    const { run, tidb, stores, clock } = prepare();
    tidb.listsFor = 60_000;
    void clock.sleep(30_000).then(() => stores.workflows.beginRestore('restore-1', CREATED));

    await expect(run()).rejects.toMatchObject({ name: 'OperationSuperseded' });
    expect(tidb.sent).toEqual([]);
  });

  it('reports what a failed restore has left, unless it has left nothing', async () => {
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
    ])('restores them if requested, on %s', async (tidbVersion, statement) => {
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
    ])('and is refused if TiDB cannot restore them: %j', async (release, record, message) => {
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
    ] as const)('and says if the account of the cluster no longer works: %j', async (privileges, reason) => {
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
});
