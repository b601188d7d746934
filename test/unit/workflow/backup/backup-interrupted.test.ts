import { describe, expect, it, vi } from 'vitest';
import type { ProcessingBackup } from '../../../../functions/domain/backup/backup-record.ts';
import { NO_FILES, prepare, WHOLE_BACKUP, wholeOf } from '../../../support/backup-node.ts';
import { aBackup, CREATED } from '../../../support/records.ts';

describe('node backup', () => {
  describe('after a run that died or whose answer was lost', () => {
    const statement = { server: 'tidb-0:4000', connectionId: '9007199254740995' };
    const died = (change: Partial<ProcessingBackup> = {}): ProcessingBackup => ({
      ...aBackup({ attempts: 1 }),
      ...{ status: 'Processing', startTime: CREATED, progress: 0, statement },
      ...change,
    });
    const afterDeath = (options: Omit<Parameters<typeof prepare>[0], 'record'> = {}, change = {}) => {
      vi.spyOn(console, 'warn').mockReturnValue();
      const prepared = prepare(options);
      prepared.stores.record = died(change);
      return prepared;
    };

    it('returns its finished backup, and sends nothing', async () => {
      const { run, tidb, stores } = afterDeath({ files: WHOLE_BACKUP });

      await expect(run()).resolves.toMatchObject({
        ...{ attempt: 1, backupTso: '449999999999999998', sizeBytes: '9007199254740993' },
      });
      expect(tidb.sent).toEqual([]);
      expect(stores.record).toMatchObject({ attempts: 1 });
      expect(tidb.openConnections).toBe(0);
    });

    it('starts another attempt if the backup is of another TiDB than its base', async () => {
      const base = { backupId: 'full', backupTso: '400' };
      const { run, stores, deps } = afterDeath({ files: wholeOf(2n) }, { backupType: 'incr', base });
      const { get } = stores.backups;
      const taken = {
        status: 'Finished',
        startTime: CREATED,
        endTime: CREATED,
        finishedAttempt: 1,
        sizeBytes: '1',
      } as const;
      const full = { ...aBackup({ backupId: 'full' }), ...taken, backupTso: '400', tidbClusterId: '1' };
      deps.backups = { ...deps.backups, get: async (id) => (id === 'full' ? full : await get(id)) };

      await expect(run()).rejects.toMatchObject({ name: 'BaseGone' });
      expect(stores.record).toMatchObject({ attempts: 2 });
    });

    it('says that there are no checksums', async () => {
      const { run } = afterDeath({ files: WHOLE_BACKUP }, { wantsChecksums: true });

      await expect(run()).resolves.toMatchObject({ checksums: { missing: 'the node died before it recorded them' } });
    });

    it('waits for its BACKUP, and shows its progress', async () => {
      const { run, tidb, stores, clock } = afterDeath({ files: WHOLE_BACKUP });
      tidb.runsFor = 300_000;
      tidb.startLeftover();
      const began = clock.now();

      await expect(run()).resolves.toMatchObject({ attempt: 1 });

      expect(clock.now() - began).toBeGreaterThan(300_000);
      expect({ sent: tidb.sent, killed: tidb.killed }).toEqual({ sent: [], killed: [] });
      expect(stores.progress.at(-1)).toBeGreaterThan(90);
    });

    it('kills it for a user who cancels meanwhile', async () => {
      const { run, tidb, stores, clock } = afterDeath();
      tidb.runsFor = 300_000;
      tidb.startLeftover();
      clock.sleep(60_000).then(() => stores.requestCancel());

      await expect(run()).rejects.toMatchObject({ name: 'BackupCanceled' });
      expect(tidb.isRunning()).toBe(false);
    });

    it('kills it when its own time is up, and the worker starts again', async () => {
      const { run, tidb } = afterDeath({ minutes: 10 });
      tidb.runsFor = 3_600_000;
      tidb.startLeftover();

      await expect(run()).rejects.toMatchObject({ name: 'OutOfTime' });
      expect(tidb.isRunning()).toBe(false);
    });

    it('starts another attempt if it has ended without a complete backup', async () => {
      const { run, tidb } = afterDeath();
      tidb.runsFor = 60_000;
      tidb.startLeftover();

      await expect(run()).resolves.toMatchObject({ attempt: 2 });
      expect(tidb.sent).toEqual([expect.stringContaining('attempt-2')]);
    });

    it('fails if it is unknown whether it is running', async () => {
      const { run, tidb } = afterDeath();
      tidb.startLeftover();
      tidb.silentServer = 'tidb-0:10080';

      await expect(run()).rejects.toMatchObject({
        name: 'TidbConnectionLost',
        message: expect.stringMatching(/^an earlier run of the node died while BACKUP ran; it may still be running: /),
      });
      expect(tidb.sent).toEqual([]);
    });
  });
});

describe('node backup, after its connection was lost', () => {
  it('waits for the statement to end and adopts the backup, with TSO and size from its metadata', async () => {
    const { run, tidb, stores } = prepare({ files: WHOLE_BACKUP });
    Object.assign(tidb, { runsFor: 300_000, losesConnectionAfter: 20_000 });

    const result = await run();

    expect(result).toMatchObject({ backupTso: '449999999999999998', sizeBytes: '9007199254740993' });
    expect(tidb.isRunning()).toBe(false);
    expect(tidb.killed).toEqual([]);
    expect(Math.max(...stores.progress)).toBeGreaterThan(90);
  });

  it('fails if the statement has ended without a backup', async () => {
    const { run, tidb } = prepare();
    Object.assign(tidb, { runsFor: 60_000, losesConnectionAfter: 20_000 });

    await expect(run()).rejects.toMatchObject({ name: 'TidbConnectionLost' });
    expect(tidb.sent).toHaveLength(1);
  });

  it('can still be canceled', async () => {
    const { run, tidb, stores, clock } = prepare({ files: WHOLE_BACKUP });
    Object.assign(tidb, { runsFor: 600_000, losesConnectionAfter: 20_000 });
    tidb.onSend = () => void clock.sleep(60_000).then(() => stores.requestCancel());

    await expect(run()).rejects.toMatchObject({ name: 'BackupCanceled' });
    expect(tidb.isRunning()).toBe(false);
  });

  it('stops the statement when its function is about to end', async () => {
    const { run, tidb } = prepare({ minutes: 5 });
    Object.assign(tidb, { runsFor: 3_600_000, losesConnectionAfter: 20_000 });

    await expect(run()).rejects.toMatchObject({ name: 'OutOfTime' });
    expect(tidb.isRunning()).toBe(false);
  });

  it('survives a restart of TiDB', async () => {
    const { run, tidb, clock } = prepare({ files: WHOLE_BACKUP });
    Object.assign(tidb, { runsFor: 30_000, losesConnectionAfter: 20_000 });
    tidb.onSend = () => {
      void clock.sleep(20_000).then(() => Object.assign(tidb, { isAway: true }));
      void clock.sleep(90_000).then(() => Object.assign(tidb, { isAway: false }));
    };

    await expect(run()).resolves.toMatchObject({ backupTso: '449999999999999998' });
  });

  it('decides nothing before a silent server has left the cluster', async () => {
    const { run, tidb, clock } = prepare({ files: WHOLE_BACKUP });
    Object.assign(tidb, { runsFor: 30_000, losesConnectionAfter: 20_000, silentServer: 'tidb-0:10080' });
    tidb.onSend = () => void clock.sleep(110_000).then(() => Object.assign(tidb, { silentServer: undefined }));
    const began = clock.now();

    await expect(run()).resolves.toMatchObject({ backupTso: '449999999999999998' });
    expect(clock.now() - began).toBeGreaterThan(110_000);
  });

  it('gives up when a server stays silent, and names it', async () => {
    const { run, tidb } = prepare({ files: WHOLE_BACKUP });
    Object.assign(tidb, { runsFor: 30_000, losesConnectionAfter: 20_000, silentServer: 'tidb-1:10080' });

    await expect(run()).rejects.toMatchObject({
      name: 'TidbConnectionLost',
      message: expect.stringMatching(/may still be running: .*tidb-1:10080/),
    });
  });

  it('gives up when TiDB stays unavailable, and says that the statement may still be running', async () => {
    const { run, tidb, clock } = prepare();
    Object.assign(tidb, { runsFor: 3_600_000, losesConnectionAfter: 20_000 });
    tidb.onSend = () => void clock.sleep(20_000).then(() => Object.assign(tidb, { isAway: true }));
    const began = clock.now();

    await expect(run()).rejects.toMatchObject({
      name: 'TidbConnectionLost',
      message: expect.stringMatching(/may still be running: .*tidb-0:4000 \(ECONNREFUSED\)/),
    });
    expect(clock.now() - began).toBeLessThan(180_000);
  });

  it('says that the outcome is unknown when the files cannot be checked', async () => {
    const unreadable = {
      ...NO_FILES,
      read: async () => {
        throw new Error('s3://backups/x cannot be used: AccessDenied');
      },
    };
    const { run, tidb } = prepare({ files: unreadable });
    Object.assign(tidb, { runsFor: 30_000, losesConnectionAfter: 20_000 });

    await expect(run()).rejects.toMatchObject({
      name: 'TidbConnectionLost',
      message: expect.stringContaining(
        'it is unknown whether it finished: s3://backups/x cannot be used: AccessDenied',
      ),
    });
  });
});
