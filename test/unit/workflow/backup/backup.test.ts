import { describe, expect, it, vi } from 'vitest';
import { displayPath } from '../../../../functions/domain/storage/storage-location.ts';
import { NodeFailure } from '../../../../functions/domain/workflow/node-failure.ts';
import { NO_FILES, prepare, wholeOf } from '../../../support/backup-node.ts';
import { aBackup, CREATED, later } from '../../../support/records.ts';

describe('node backup', () => {
  it("runs BACKUP into its attempt's own path and returns 64-bit numbers as text", async () => {
    const { run, tidb, stores, clock } = prepare();

    const result = await run();

    expect(result).toEqual({
      attempt: 1,
      backupTso: '449999999999999999',
      sizeBytes: '9007199254740993',
      endTime: new Date(clock.now()).toISOString(),
    });
    expect(tidb.sent).toEqual([expect.stringMatching(/^BACKUP .*"tidb\/cluster-1\/backup-1\/attempt-1"/)]);
    expect(stores.workflowStatus).toBe('Processing');
    expect(tidb.openConnections).toBe(0);
  });

  describe('that Lambda ran only after the window', () => {
    const claim = { claimId: 'claim-1', windowStart: later(-7_200), windowEnd: later(0), nextRunAt: later(79_200) };

    it('does not start', async () => {
      const { run, stores, tidb } = prepare({ record: aBackup({ backupMode: 'auto' }) });
      stores.hold({ since: later(-7_200), claim });

      await expect(run()).rejects.toMatchObject({
        name: 'TooLateToBegin',
        message: expect.stringContaining('throttled (429)'),
      });

      expect(tidb.sent).toEqual([]);
      expect(stores.record).toMatchObject({ status: 'Initializing', attempts: 0 });
    });

    it('continues what had started in time', async () => {
      const { run, stores } = prepare({ record: aBackup({ backupMode: 'auto' }) });
      stores.hold({ since: later(-7_200), claim });
      await stores.backups.startAttempt('backup-1', later(-10));

      await expect(run()).resolves.toMatchObject({ attempt: 2 });
    });

    it.each([
      ['started at the end of its window has five minutes to begin', later(-299), claim],
      ['asked for by a user has a day to begin', later(-86_399), undefined],
    ])('%s', async (_what, since, claimed) => {
      const { run, stores } = prepare();
      stores.hold({ since, ...(claimed && { claim: claimed }) });

      await expect(run()).resolves.toMatchObject({ attempt: 1 });
    });

    it('requested by a user a day ago, does not start', async () => {
      const { run, stores } = prepare();
      stores.hold({ since: later(-86_400) });

      await expect(run()).rejects.toMatchObject({
        name: 'TooLateToBegin',
        message: expect.stringContaining('within 24 hours'),
      });
    });
  });

  it('records which TiDB it was taken of, with its result and with the cluster', async () => {
    const { run, stores } = prepare({ files: wholeOf(7_382_117_346_512_345_678n) });

    expect(await run()).toMatchObject({ tidbClusterId: '7382117346512345678' });

    expect(stores.cluster?.tidb).toEqual({ clusterId: '7382117346512345678', since: CREATED });
  });

  it('notices that the registration leads to another TiDB', async () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue();
    const { run, stores } = prepare({
      files: wholeOf(2n),
      record: aBackup({ createTime: '2026-03-05T00:00:00.000Z' }),
    });
    stores.cluster = stores.cluster && { ...stores.cluster, tidb: { clusterId: '1', since: CREATED } };

    await run();

    expect(stores.cluster?.tidb).toEqual({
      clusterId: '2',
      since: '2026-03-05T00:00:00.000Z',
      formerClusterId: '1',
    });
    expect(warn).toHaveBeenCalledWith(
      expect.objectContaining({ message: expect.stringContaining('leads to another TiDB'), formerTidbClusterId: '1' }),
    );
    warn.mockRestore();
  });

  it('does not fail if its backupmeta cannot be read', async () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue();
    const read = () => Promise.reject(new Error('SlowDown'));
    const { run, stores } = prepare({ files: { ...NO_FILES, read } });

    expect(await run()).not.toHaveProperty('tidbClusterId');
    expect(stores.cluster).not.toHaveProperty('tidb');
    warn.mockRestore();
  });

  it('records the release of TiDB, and does not fail if it is unknown', async () => {
    const known = prepare();
    await known.run();
    expect(known.stores.record).toMatchObject({ tidbVersion: 'v8.5.0', newCollationEnabled: true });

    const unknown = prepare();
    unknown.tidb.release = undefined;
    vi.spyOn(console, 'warn').mockReturnValueOnce();
    await expect(unknown.run()).resolves.toBeDefined();
    expect(unknown.stores.record).not.toHaveProperty('tidbVersion');
  });

  it.each([
    [['crm'], 'the cluster does not have "crm"; remove them from the scope'],
    [['test'], '"test" hold no tables, so TiDB would back up nothing; name a database with tables in the scope'],
  ])('takes no backup that would be empty: of %j', async (databases, message) => {
    const { run, tidb } = prepare({ record: aBackup({ scope: { databases } }) });
    tidb.databases = ['shop', 'test'];
    tidb.tables = [{ database: 'shop', table: 'orders' }];

    await expect(run()).rejects.toMatchObject({ name: 'ScopeNotFound', message });
    expect(tidb.sent).toEqual([]);
  });

  it('takes an empty database along with others', async () => {
    const { run, tidb } = prepare({ record: aBackup({ scope: { databases: ['TEST', 'shop'] } }) });
    tidb.databases = ['shop', 'test'];
    tidb.tables = [{ database: 'Shop', table: 'orders' }];

    await expect(run()).resolves.toBeDefined();
  });

  it('counts its files, and does not fail if that is impossible or takes too long', async () => {
    const asked: string[] = [];
    const counted = prepare();
    counted.deps.files = {
      ...NO_FILES,
      contents: async (location) => {
        asked.push(displayPath(location));
        return { files: 12_345, bytes: 1n, lastWritten: 0 };
      },
    };

    expect(await counted.run()).toMatchObject({ attempt: 1, fileCount: 12_345 });

    expect(asked).toEqual(['s3://backups/tidb/cluster-1/backup-1/attempt-1']);
    for (const contents of [() => Promise.reject(new Error('SlowDown')), () => new Promise<never>(() => {})]) {
      const away = prepare({ files: { ...NO_FILES, contents } });
      vi.spyOn(console, 'warn').mockReturnValueOnce();
      const began = away.clock.now();
      expect(await away.run()).not.toHaveProperty('fileCount');
      expect(away.clock.now() - began).toBeLessThan(60_000);
    }
  });

  it('aborts uploads, reports its lock and backupmeta, and does not fail if it cannot', async () => {
    const lockedUntil = '2027-03-01T10:00:00.000Z';
    const version = { eTag: '"e"', versionId: 'v1' };
    const asked: unknown[] = [];
    const { run, deps } = prepare();
    deps.files = {
      ...NO_FILES,
      abortUploads: async (location) => void asked.push([displayPath(location)]),
      stateOf: async (location, name) => {
        asked.push([displayPath(location), name]);
        return { lockedUntil, version };
      },
    };

    expect(await run()).toMatchObject({ attempt: 1, lockedUntil, metaVersion: version });

    const path = 's3://backups/tidb/cluster-1/backup-1/attempt-1';
    expect(asked).toEqual([[path], [path, 'backupmeta']]);
    const refused = () => Promise.reject(new Error('SlowDown'));
    const away = prepare({ files: { ...NO_FILES, stateOf: refused, abortUploads: refused } });
    vi.spyOn(console, 'warn').mockReturnValueOnce().mockReturnValueOnce();
    expect(await away.run()).not.toHaveProperty('lockedUntil');
  });

  it('records the attempt and the connection before it sends the statement', async () => {
    const { run, tidb, stores } = prepare();
    let recordWhenSent: unknown;
    tidb.onSend = () => {
      recordWhenSent = stores.record;
    };

    await run();

    expect(recordWhenSent).toMatchObject({
      status: 'Processing',
      attempts: 1,
      statement: { server: 'tidb-0:4000', connectionId: '9007199254740995' },
    });
  });

  it('shows progress that only rises, and writes it only when it has changed', async () => {
    const { run, tidb, stores } = prepare();
    tidb.runsFor = 400_000;

    await run();

    expect(stores.progress.length).toBeGreaterThan(50);
    expect(stores.progress).toEqual([...new Set(stores.progress)].toSorted((a, b) => a - b));
  });

  it('ends as canceled, with the query killed, soon after a user cancels it', async () => {
    const { run, tidb, stores, clock } = prepare();
    tidb.runsFor = 600_000;
    const began = clock.now();
    tidb.onSend = () => void clock.sleep(30_000).then(() => stores.requestCancel());

    await expect(run()).rejects.toMatchObject({ name: 'BackupCanceled' });

    expect(tidb.killed).toContain(tidb.connectionId);
    expect(tidb.isRunning()).toBe(false);
    expect(clock.now() - began).toBeLessThan(40_000);
  });

  it('runs out of time without sending anything if TiDB lists its tables for longer than its function may run', async () => {
    const { run, tidb } = prepare({ record: aBackup({ scope: { tables: ['shop.orders'] } }) });
    tidb.listsFor = 3_600_000;

    await expect(run()).rejects.toMatchObject({
      name: 'OutOfTime',
      message: expect.stringContaining('there was no time'),
    });
    expect(tidb.sent).toEqual([]);
  });

  it('kills its statement even if a proxy has moved the session at the last moment', async () => {
    const { run, tidb, stores } = prepare();
    Object.assign(tidb, { runsFor: 600_000, locatedAs: '4', onSend: () => stores.requestCancel() });

    await expect(run()).rejects.toMatchObject({ name: 'BackupCanceled' });

    expect(tidb.killed.slice(0, 2)).toEqual(['4', tidb.connectionId]);
    expect(tidb.isRunning()).toBe(false);
  });

  it('obeys a cancel request while TiDB lists its tables for minutes', async () => {
    const { run, tidb, stores, clock } = prepare({ record: aBackup({ scope: { tables: ['shop.orders'] } }) });
    tidb.listsFor = 300_000;
    const began = clock.now();
    clock.sleep(30_000).then(() => stores.requestCancel());

    await expect(run()).rejects.toMatchObject({ name: 'BackupCanceled' });

    expect(clock.now() - began).toBeLessThan(40_000);
    expect(tidb.sent).toEqual([]);
  });

  it('sends nothing if the cancel request came first', async () => {
    const { run, tidb } = prepare({ record: aBackup({ cancelRequested: true }) });

    await expect(run()).rejects.toMatchObject({ name: 'BackupCanceled' });

    expect(tidb.sent).toEqual([]);
    expect(tidb.openConnections).toBe(0);
  });

  it('keeps a backup that finished before the kill reached it', async () => {
    const { run, tidb, stores } = prepare();
    tidb.runsFor = 3_000;
    tidb.onSend = () => stores.requestCancel();

    await expect(run()).resolves.toMatchObject({ attempt: 1 });
  });

  it('stops its query when its function is about to end', async () => {
    const { run, tidb } = prepare({ minutes: 10 });
    tidb.runsFor = 3_600_000;

    await expect(run()).rejects.toMatchObject({
      name: 'OutOfTime',
      message: expect.stringMatching(/stopped at 16 %: there was no time/),
    });
    expect(tidb.isRunning()).toBe(false);
  });

  it('says so if a query ignores its kill', async () => {
    const { run, tidb } = prepare({ minutes: 1 });
    tidb.runsFor = 3_600_000;
    tidb.ignoresKill = true;

    await expect(run()).rejects.toMatchObject({
      name: 'OutOfTime',
      message: expect.stringContaining('may still be running'),
    });
  });

  it("passes on TiDB's reason for a refusal", async () => {
    const { run, tidb } = prepare();
    tidb.endsWith = new NodeFailure('BackupPathUnusable', 'TiDB error 8124: backup meta file exists');

    await expect(run()).rejects.toBe(tidb.endsWith);
  });

  it('stops when another attempt has taken over the record', async () => {
    const { run, tidb, stores, clock } = prepare();
    tidb.runsFor = 600_000;
    tidb.onSend = () => void clock.sleep(5_000).then(() => stores.backups.startAttempt('backup-1', ''));

    await expect(run()).rejects.toMatchObject({ name: 'OperationSuperseded' });
    expect(tidb.isRunning()).toBe(false);
  });

  it('records files of an abandoned run, which may have written them after their removal', async () => {
    const { run, tidb, stores } = prepare();
    const error = { code: 10000, message: 'WorkflowStopped' };
    tidb.onSend = () => void stores.backups.fail('backup-1', { error, at: CREATED });

    await expect(run()).rejects.toMatchObject({ name: 'OperationSuperseded' });

    expect(tidb.isRunning()).toBe(false);
    expect(stores.record).toMatchObject({
      status: 'Failed',
      error,
      filesRemain: expect.stringContaining('abandoned run'),
    });
  });

  it('does not start on a cluster that it does not hold', async () => {
    const { run, stores, tidb } = prepare();
    await stores.clusters.unlock('cluster-1', 'backup-1');

    await expect(run()).rejects.toMatchObject({ name: 'OperationSuperseded' });
    expect(tidb.sent).toEqual([]);
  });

  it('names the server that could not be reached, and counts no attempt', async () => {
    const { run, stores, tidb } = prepare();
    tidb.isAway = true;

    await expect(run()).rejects.toMatchObject({
      name: 'TidbUnreachable',
      message: expect.stringContaining('tidb-0:4000 (ECONNREFUSED)'),
    });
    expect(stores.record).toMatchObject({ status: 'Initializing', attempts: 0 });
  });

  it('names an invalid limit of the configuration', async () => {
    const { run, stores } = prepare();
    stores.storedConfig = { BackupRateLimit: 'fast' };

    await expect(run()).rejects.toMatchObject({
      name: 'ConfigInvalid',
      message: expect.stringContaining('BackupRateLimit'),
    });
  });

  it('ends a statement of an earlier attempt before it starts another', async () => {
    const { run, tidb } = prepare({ record: aBackup({ attempts: 1 }) });
    tidb.startLeftover();

    await expect(run()).resolves.toMatchObject({ attempt: 2 });
    expect(tidb.killed).toContain(tidb.connectionId);
    expect(tidb.sent).toEqual([expect.stringContaining('attempt-2')]);
  });

  it('starts no other attempt while an earlier one ignores its kill', async () => {
    const { run, tidb } = prepare({ record: aBackup({ attempts: 1 }) });
    Object.assign(tidb, { ignoresKill: true, runsFor: 3_600_000 });
    tidb.startLeftover();

    await expect(run()).rejects.toMatchObject({
      name: 'BackupFailed',
      message: expect.stringContaining('still running'),
    });
    expect(tidb.sent).toEqual([]);
  });

  it('records no files for a run that fails by itself', async () => {
    const { run, tidb, deps } = prepare();
    const recordFiles = vi.fn(async () => true);
    deps.backups = { ...deps.backups, recordFiles };
    tidb.endsWith = new NodeFailure('BackupFailed', 'TiDB error 8124: no space');

    await expect(run()).rejects.toMatchObject({ name: 'BackupFailed' });
    expect(recordFiles).not.toHaveBeenCalled();
  });

  it('does not start another attempt while a server that may run the earlier one does not answer', async () => {
    const { run, tidb } = prepare({ record: aBackup({ attempts: 1 }) });
    tidb.startLeftover();
    tidb.silentServer = 'tidb-0:10080';

    await expect(run()).rejects.toMatchObject({
      name: 'TidbUnreachable',
      message: expect.stringContaining('tidb-0:10080'),
    });
    expect(tidb.sent).toEqual([]);
  });

  it("takes its statement's own answer as proof that it has ended, whatever the other servers do", async () => {
    const { run, tidb, stores, clock } = prepare();
    tidb.runsFor = 600_000;
    tidb.silentServer = 'tidb-1:10080';
    tidb.onSend = () => void clock.sleep(30_000).then(() => stores.requestCancel());

    await expect(run()).rejects.toMatchObject({ name: 'BackupCanceled', message: 'a user canceled the backup' });
    expect(tidb.isRunning()).toBe(false);
  });

  it('is sent again, into the same path, if TiDB has dropped it from its queue', async () => {
    const { run, tidb, stores } = prepare();
    vi.spyOn(console, 'warn').mockReturnValue();
    tidb.drops = 2;
    let announced = 0;
    const { recordStatement } = stores.backups;
    stores.backups.recordStatement = (...change) => {
      announced += 1;
      return recordStatement(...change);
    };

    await expect(run()).resolves.toMatchObject({ attempt: 1 });

    expect(new Set(tidb.sent).size).toBe(1);
    expect(tidb.sent).toHaveLength(3);
    expect(announced).toBe(3);
  });

  it('is not sent again once a user has canceled it', async () => {
    const { run, tidb, stores } = prepare();
    vi.spyOn(console, 'warn').mockReturnValue();
    Object.assign(tidb, { drops: 1, runsFor: 100, onSend: () => stores.requestCancel() });

    await expect(run()).rejects.toMatchObject({ name: 'BackupCanceled' });
    expect(tidb.sent).toHaveLength(1);
  });

  it('keeps the last progress when TiDB shows no more of it', async () => {
    const { run, tidb, stores, clock } = prepare({ minutes: 10 });
    tidb.runsFor = 3_600_000;
    tidb.onSend = () => void clock.sleep(300_000).then(() => Object.assign(tidb, { hidesProgress: true }));

    await expect(run()).rejects.toMatchObject({ message: expect.stringMatching(/^BACKUP was stopped at 8 %: /) });
    expect(stores.record).toMatchObject({ progress: 8 });
  });

  it('shows no progress that goes back, whatever TiDB shows', async () => {
    const { run, tidb, stores, clock } = prepare();
    tidb.runsFor = 200_000;
    // From then on TiDB reports half of the earlier progress.
    tidb.onSend = () => void clock.sleep(100_000).then(() => Object.assign(tidb, { runsFor: 400_000 }));

    await run();

    expect(stores.progress.length).toBeGreaterThan(10);
    expect(stores.progress).toEqual(stores.progress.toSorted((a, b) => a - b));
  });

  it('reports its current step, and writes it only when it has changed', async () => {
    const { run, tidb, stores, clock } = prepare();
    Object.assign(tidb, { runsFor: 60_000_000, queuesFor: 60_000 });
    tidb.onSend = () => {
      void clock.sleep(120_000).then(() => Object.assign(tidb, { hidesProgress: true }));
      void clock.sleep(180_000).then(() => Object.assign(tidb, { runsFor: 180_000 }));
    };

    await run();

    expect(stores.steps).toEqual([
      undefined,
      "backing up: waiting in TiDB's queue",
      undefined,
      'backing up; TiDB no longer shows its progress',
    ]);
  });

  it('reports no progress that it has never seen', async () => {
    const { run, tidb, stores } = prepare({ minutes: 1 });
    Object.assign(tidb, { runsFor: 3_600_000, hidesProgress: true });

    await expect(run()).rejects.toMatchObject({ message: 'BACKUP was stopped at an unknown point: there was no time' });
    expect(stores.steps.filter((step) => step?.includes('no longer shows'))).toEqual([]);
  });

  it('tolerates progress that cannot be read or written for a while', async () => {
    const { run, tidb, stores } = prepare();
    vi.spyOn(console, 'warn').mockReturnValue();
    tidb.hidesProgress = true;
    tidb.runsFor = 60_000;
    // It started while the store was available.
    tidb.onSend = () => {
      stores.backups.get = async () => Promise.reject(new Error('throttled'));
    };

    await expect(run()).resolves.toMatchObject({ attempt: 1 });
  });
});
