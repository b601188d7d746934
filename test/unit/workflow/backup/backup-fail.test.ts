import { Readable } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import type { BackupRecord } from '../../../../functions/domain/backup/backup-record.ts';
import { FilesLocked } from '../../../../functions/domain/storage/backup-files.ts';
import { displayPath } from '../../../../functions/domain/storage/storage-location.ts';
import type { CaughtError } from '../../../../functions/domain/workflow/node-failure.ts';
import { type BackupFailDeps, backupFail } from '../../../../functions/workflow/backup/backup-fail.ts';
import { encodeMessage } from '../../../../infra/local/tidb-sandbox/brie/protobuf.ts';
import { Death, dying } from '../../../support/dying.ts';
import { FakeTidb } from '../../../support/fake-tidb.ts';
import { MemoryStores } from '../../../support/memory-stores.ts';
import { aBackup, CREATED, later } from '../../../support/records.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const PROCESSING: BackupRecord = {
  ...aBackup({ attempts: 2 }),
  status: 'Processing',
  startTime: CREATED,
  progress: 40,
};
const TIMED_OUT = { Error: 'Sandbox.Timedout', Cause: '{"errorMessage": "Task timed out after 900.00 seconds"}' };
const UNREACHABLE = {
  Error: 'TidbUnreachable',
  Cause: '{"errorType": "TidbUnreachable", "errorMessage": "no TiDB server: tidb:4000 (ECONNREFUSED)", "trace": []}',
};
const CANCELED = { Error: 'BackupCanceled', Cause: '{"errorMessage": "a user canceled the backup"}' };

const CLAIM = {
  ...{ claimId: 'claim-1', windowStart: CREATED, windowEnd: later(3_600), nextRunAt: later(86_400) },
};

interface Situation {
  record?: BackupRecord;
  error?: CaughtError;
  maintenanceStatusChange?: boolean;
}

function prepare({ record = PROCESSING, error = TIMED_OUT, maintenanceStatusChange = true }: Situation = {}) {
  const stores = new MemoryStores(record);
  const clock = new VirtualClock();
  const tidb = new FakeTidb(clock);
  const remaining = new Set(['attempt-1/1.sst', 'attempt-2/1.sst']);
  const files: BackupFailDeps['files'] = {
    read: async () => undefined,
    dataBytes: async () => 1_024n,
    stateOf: async () => ({}),
    abortUploads: async () => {},
    removeAll: async () => {
      if (tidb.isRunning()) throw new Error('files are still written');
      remaining.clear();
    },
  };
  const input = {
    workFlowId: 'backup-1',
    backupId: 'backup-1',
    clusterId: 'cluster-1',
    maintenanceStatusChange,
    error,
  };
  const { clusters, strategies, backups, workflows } = stores;
  const deps: BackupFailDeps = { clusters, strategies, backups, workflows, tidb, files, clock };
  return { stores, tidb, files, remaining, deps, input, run: () => backupFail(input, deps) };
}

describe('node fail of a backup that another run has ended', () => {
  it('removes no file if the record has ended otherwise meanwhile', async () => {
    const { deps, input, remaining } = prepare();
    const backups = { ...deps.backups, fail: async () => false };

    await expect(backupFail(input, { ...deps, backups })).rejects.toHaveProperty('name', 'NodeDied');

    expect(remaining.size).toBe(2);
  });

  it('still ends it as canceled when it runs again for another error', async () => {
    const { updateTime, ...ended } = aBackup({ attempts: 2 });
    const record: BackupRecord = {
      ...ended,
      ...{ status: 'Canceled', startTime: CREATED, endTime: later(5), updateTime, filesRemain: 'the store was away' },
    };
    const { run, stores, remaining } = prepare({ record, error: TIMED_OUT });

    await expect(run()).rejects.toHaveProperty('name', 'NodeDied');

    expect(remaining.size).toBe(0);
    expect(stores.workflowStatus).toBe('Canceled');
    expect(stores.record).toMatchObject({ status: 'Canceled' });
    expect(stores.record).not.toHaveProperty('filesRemain');
  });
});

describe('node fail of a backup', () => {
  it('ends the statement, removes the files, records the reason, frees the cluster, and fails with the original error', async () => {
    const { run, stores, tidb, remaining } = prepare();
    tidb.startLeftover();

    await expect(run()).rejects.toMatchObject({
      name: 'NodeDied',
      message: 'Sandbox.Timedout: Task timed out after 900.00 seconds',
    });

    expect(tidb.isRunning()).toBe(false);
    expect(remaining.size).toBe(0);
    expect(stores.record).toMatchObject({
      status: 'Failed',
      error: { code: 10000, message: 'Sandbox.Timedout: Task timed out after 900.00 seconds' },
    });
    expect(stores.record).not.toHaveProperty('filesRemain');
    expect(stores.cluster).not.toHaveProperty('maintenance');
    expect(stores.workflowStatus).toBe('Error');
    expect(tidb.openConnections).toBe(0);
  });

  it('ends a canceled backup as canceled', async () => {
    const { run, stores, remaining } = prepare({ error: CANCELED });

    await expect(run()).rejects.toMatchObject({ name: 'BackupCanceled' });

    expect(stores.record).toMatchObject({ status: 'Canceled' });
    expect(stores.workflowStatus).toBe('Canceled');
    expect(remaining.size).toBe(0);
  });

  it('ends a backup as canceled if a user canceled it, whatever its node died of, and however often it runs', async () => {
    const { run, stores } = prepare({ record: { ...PROCESSING, cancelRequested: true } });

    await expect(run()).rejects.toMatchObject({ name: 'NodeDied' });
    await expect(run()).rejects.toMatchObject({ name: 'NodeDied' });

    expect(stores.record).toMatchObject({ status: 'Canceled' });
    expect(stores.record).not.toHaveProperty('filesRemain');
    expect(stores.workflowStatus).toBe('Canceled');
  });

  it('lets the window of an automatic backup that could not start in it be recorded as missed', async () => {
    const why = 'Lambda did not run its functions while the window was open';
    const error = { Error: 'TooLateToBegin', Cause: JSON.stringify({ errorMessage: why }) };
    const { run, stores } = prepare({ record: aBackup({ backupMode: 'auto' }), error });
    stores.hold({ claim: CLAIM });

    await expect(run()).rejects.toMatchObject({ name: 'TooLateToBegin' });
    await expect(run()).rejects.toMatchObject({ name: 'TooLateToBegin' });

    expect(stores.missed).toBe(`TooLateToBegin: ${why}`);
    expect(stores.record).toMatchObject({ status: 'Failed', error: { code: 20602, message: stores.missed } });
    expect(stores.cluster).not.toHaveProperty('maintenance');
    expect(stores.workflowStatus).toBe('Error');
  });

  it('lets no window be recorded as missed if its backup failed for another reason, or was canceled', async () => {
    const tooLate = { Error: 'TooLateToBegin', Cause: '{"errorMessage": "it is too late"}' };
    const failed = prepare({ record: { ...PROCESSING, backupMode: 'auto' }, error: UNREACHABLE });
    const canceled = prepare({
      record: { ...PROCESSING, backupMode: 'auto', cancelRequested: true },
      error: tooLate,
    });

    for (const { stores, run } of [failed, canceled]) {
      stores.hold({ claim: CLAIM });
      await expect(run()).rejects.toThrow();
      expect(stores.missed).toBeUndefined();
    }
    expect(canceled.stores.workflowStatus).toBe('Canceled');
  });

  it('leaves the files of a deleted backup to its deletion', async () => {
    const record: BackupRecord = { ...aBackup({ attempts: 1 }), status: 'Deleting', deleteTime: CREATED, deletions: 1 };
    const { run, stores, remaining } = prepare({ record });

    await expect(run()).rejects.toHaveProperty('name', 'NodeDied');

    expect(remaining.size).toBe(2);
    expect(stores.record).toEqual(record);
  });

  it('says that files remain until they are proven to be gone', async () => {
    const { run, files, stores } = prepare();
    let meanwhile: unknown;
    files.removeAll = async () => {
      meanwhile = stores.record;
    };

    await expect(run()).rejects.toThrow();

    expect(meanwhile).toMatchObject({ status: 'Failed', filesRemain: 'they are being removed' });
    expect(stores.record).not.toHaveProperty('filesRemain');
  });

  it('frees the cluster of a manual backup that could not start within a day', async () => {
    const { run, stores } = prepare({ record: aBackup(), error: { Error: 'TooLateToBegin', Cause: 'throttled' } });

    await expect(run()).rejects.toMatchObject({ name: 'TooLateToBegin' });

    expect(stores.missed).toBeUndefined();
    expect(stores.cluster).not.toHaveProperty('maintenance');
  });

  it('does not search for what never started', async () => {
    const { run, stores, tidb, files } = prepare({ record: aBackup(), error: UNREACHABLE });
    tidb.isAway = true;
    files.removeAll = async () => expect.unreachable('there are no files');

    await expect(run()).rejects.toMatchObject({ name: 'TidbUnreachable' });

    expect(stores.record).toMatchObject({
      status: 'Failed',
      error: { code: 10007, message: 'TidbUnreachable: no TiDB server: tidb:4000 (ECONNREFUSED)' },
    });
    expect(stores.record).not.toHaveProperty('filesRemain');
  });

  it('keeps a finished backup and its files after any later failure', async () => {
    const finished: BackupRecord = {
      ...aBackup({ attempts: 1 }),
      ...{
        status: 'Finished',
        startTime: CREATED,
        endTime: CREATED,
        backupTso: '1',
        sizeBytes: '1',
        finishedAttempt: 1,
      },
    };
    const { run, stores, remaining } = prepare({ record: finished });

    await expect(run()).rejects.toThrow();

    expect(stores.record).toEqual(finished);
    expect(remaining.size).toBe(2);
    expect(stores.cluster).not.toHaveProperty('maintenance');
  });

  describe('with a backup that finished unnoticed', () => {
    const meta = encodeMessage([
      [1, 7n],
      [6, 449_999_999_999_999_999n],
    ]);

    function unseen(change: Parameters<typeof prepare>[0] = {}) {
      const prepared = prepare(change);
      const looked: unknown[] = [];
      prepared.files.read = async (location, name) => {
        expect(prepared.tidb.isRunning()).toBe(false);
        looked.push([displayPath(location), name]);
        return Readable.from([meta]);
      };
      return { ...prepared, looked };
    }

    it('finishes it, and keeps its files', async () => {
      const { run, stores, files, remaining, looked } = unseen();
      files.stateOf = async () => ({ lockedUntil: '2027-03-01T10:00:00.000Z' });

      await expect(run()).rejects.toMatchObject({ name: 'NodeDied' });

      expect(looked).toEqual([['s3://backups/tidb/cluster-1/backup-1/attempt-2', 'backupmeta']]);
      expect(stores.record).toMatchObject({
        status: 'Finished',
        finishedAttempt: 2,
        backupTso: '449999999999999999',
        sizeBytes: '1024',
        lockedUntil: '2027-03-01T10:00:00.000Z',
      });
      expect(stores.record).toHaveProperty('tidbClusterId', '7');
      expect(stores.cluster?.tidb).toEqual({ clusterId: '7', since: CREATED });
      expect(remaining.size).toBe(2);
      expect(stores.workflowStatus).toBe('Finished');
      expect(stores.cluster).not.toHaveProperty('maintenance');
    });

    it.each([
      [
        'a backup that TiDB reported as failed',
        { error: { Error: 'BackupFailed', Cause: '{"errorMessage": "8124"}' } },
      ],
      ['a canceled backup', { error: CANCELED }],
      ['a backup with a cancel request', { record: { ...PROCESSING, cancelRequested: true } }],
    ])('does not finish %s', async (_what, change) => {
      const { run, stores, remaining, looked } = unseen(change);

      await expect(run()).rejects.toThrow();

      expect(looked).toEqual([]);
      expect(stores.record?.status).not.toBe('Finished');
      expect(remaining.size).toBe(0);
    });

    it('does not finish it if it builds on a backup of another TiDB', async () => {
      vi.spyOn(console, 'error').mockReturnValueOnce();
      const base = { backupId: 'base-1', backupTso: '1' };
      const { run, stores, deps, remaining } = unseen({ record: { ...PROCESSING, backupType: 'incr', base } });
      const finished = {
        ...aBackup({ backupId: 'base-1' }),
        status: 'Finished',
        startTime: CREATED,
        endTime: CREATED,
      } as const;
      const { get } = stores.backups;
      deps.backups.get = async (id) =>
        id === 'base-1'
          ? { ...finished, ...{ backupTso: '1', sizeBytes: '1', finishedAttempt: 1, tidbClusterId: '8' } }
          : get(id);

      await expect(run()).rejects.toThrow();

      expect(stores.record).toHaveProperty('status', 'Failed');
      expect(remaining.size).toBe(0);
    });

    it('does not finish it if a user cancels it meanwhile', async () => {
      const { run, stores, files, remaining } = unseen();
      files.dataBytes = async () => {
        stores.requestCancel();
        return 1_024n;
      };

      await expect(run()).rejects.toThrow();

      expect(stores.record).toHaveProperty('status', 'Canceled');
      expect(stores.workflowStatus).toBe('Canceled');
      expect(remaining.size).toBe(0);
    });

    it('finishes it even if TiDB is unavailable: a complete backup is proof enough', async () => {
      const { run, stores, tidb, remaining } = unseen();
      tidb.isAway = true;

      await expect(run()).rejects.toMatchObject({ name: 'NodeDied' });

      expect(stores.record).toMatchObject({ status: 'Finished', backupTso: '449999999999999999' });
      expect(remaining.size).toBe(2);
    });

    it('treats it as unfinished if the files cannot be checked, rather than hold the cluster', async () => {
      const { run, stores, files } = unseen();
      files.read = async () => {
        throw new Error('s3://backups/x cannot be used: AccessDenied');
      };

      await expect(run()).rejects.toMatchObject({ name: 'NodeDied' });

      expect(stores.record).toHaveProperty('status', 'Failed');
      expect(stores.cluster).not.toHaveProperty('maintenance');
    });
  });

  it('records that files remain, and why', async () => {
    const { run, stores, files } = prepare();
    files.removeAll = async () => {
      throw new Error('s3://backups/x cannot be used: AccessDenied');
    };

    await expect(run()).rejects.toMatchObject({ name: 'NodeDied' });

    expect(stores.record).toMatchObject({
      status: 'Failed',
      filesRemain: 's3://backups/x cannot be used: AccessDenied',
    });
    expect(stores.cluster).not.toHaveProperty('maintenance');
  });

  it('removes no file while the statement may still write, says so, and frees the cluster nevertheless', async () => {
    const { run, stores, tidb, remaining } = prepare();
    tidb.isAway = true;

    await expect(run()).rejects.toMatchObject({ name: 'NodeDied' });

    expect(remaining.size).toBe(2);
    expect(stores.record).toMatchObject({
      status: 'Failed',
      filesRemain: expect.stringContaining('tidb-0:4000 (ECONNREFUSED)'),
    });
    expect(stores.cluster).not.toHaveProperty('maintenance');
  });

  it('removes no file while a server does not answer, and does once all have', async () => {
    const { run, stores, tidb, remaining } = prepare();
    tidb.startLeftover();
    tidb.silentServer = 'tidb-0:10080';

    await expect(run()).rejects.toMatchObject({ name: 'NodeDied' });

    expect(remaining.size).toBe(2);
    expect(stores.record).toMatchObject({ status: 'Failed', filesRemain: expect.stringContaining('tidb-0:10080') });
    expect(stores.cluster).not.toHaveProperty('maintenance');

    tidb.silentServer = undefined;
    await expect(run()).rejects.toThrow();

    expect(tidb.isRunning()).toBe(false);
    expect(remaining.size).toBe(0);
    expect(stores.record).not.toHaveProperty('filesRemain');
  });

  it('removes files of a cluster that is no longer registered: no one can find out more', async () => {
    const { run, stores, remaining } = prepare();
    stores.cluster = undefined;

    await expect(run()).rejects.toMatchObject({ name: 'NodeDied' });

    expect(remaining.size).toBe(0);
    expect(stores.record).not.toHaveProperty('filesRemain');
  });

  it('does not wait for locked files while a statement may still write', async () => {
    const { run, stores, tidb, deps } = prepare();
    tidb.isAway = true;
    deps.files.removeAll = async (location) => {
      throw new FilesLocked(location, '2027-03-01T10:00:00.000Z');
    };

    await expect(run()).rejects.toThrow();

    expect(stores.record).toMatchObject({ filesRemain: expect.stringContaining('ECONNREFUSED') });
    expect(stores.record).not.toHaveProperty('lockedUntil');
  });

  it('leaves the lock to a caller that holds the cluster itself', async () => {
    const { run, stores } = prepare({ maintenanceStatusChange: false });

    await expect(run()).rejects.toThrow();

    expect(stores.cluster).toHaveProperty('maintenance.operationId', 'backup-1');
  });

  it('never frees the lock of another operation', async () => {
    const { run, stores } = prepare();
    await stores.clusters.unlock('cluster-1', 'backup-1');
    const maintenance = { status: 'Restore', operationId: 'restore-1', since: CREATED } as const;
    stores.cluster = stores.cluster && { ...stores.cluster, maintenance };

    await expect(run()).rejects.toThrow();

    expect(stores.cluster).toMatchObject({ maintenance });
  });

  it('asks to be run again when the stores are unavailable', async () => {
    const { run, deps, stores } = prepare();
    deps.workflows = { setStatus: async () => Promise.reject(new Error('throttled')) };

    await expect(run()).rejects.toMatchObject({ name: 'CleanupFailed' });

    expect(stores.record).toHaveProperty('status', 'Failed');
  });

  it.each(['before', 'after'] as const)('is completed by another run if it dies %s any of its calls', async (when) => {
    const survivor = dying(portsOf(prepare().deps), Number.POSITIVE_INFINITY, when);
    await expect(backupFail(prepare().input, { ...prepare().deps, ...survivor.ports })).rejects.toThrow();
    expect(survivor.calls()).toBeGreaterThan(5);

    for (let call = 0; call < survivor.calls(); call += 1) {
      const { deps, input, run, stores, remaining } = prepare();
      const { ports } = dying(portsOf(deps), call, when);
      const first = backupFail(input, { ...deps, ...ports });
      await expect(first).rejects.toMatchObject({ name: 'CleanupFailed', cause: expect.any(Death) });

      await expect(run()).rejects.toMatchObject({ name: 'NodeDied' });

      expect(stores.record, `call ${call}`).toHaveProperty('status', 'Failed');
      expect(stores.record, `call ${call}`).not.toHaveProperty('filesRemain');
      expect(stores.cluster, `call ${call}`).not.toHaveProperty('maintenance');
      expect(stores.workflowStatus, `call ${call}`).toBe('Error');
      expect(remaining.size, `call ${call}`).toBe(0);
    }
  });
});

/** Calls that leave the process, except to TiDB and the files, whose failures the node reports rather than dies of. */
function portsOf({ clusters, backups, workflows }: BackupFailDeps) {
  return { clusters, backups, workflows };
}
