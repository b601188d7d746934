import { describe, expect, it } from 'vitest';
import type { BackupRecord, DeletingBackup } from '../../../../functions/domain/backup/backup-record.ts';
import { FilesLocked } from '../../../../functions/domain/storage/backup-files.ts';
import { displayPath } from '../../../../functions/domain/storage/storage-location.ts';
import { NodeFailure } from '../../../../functions/domain/workflow/node-failure.ts';
import {
  type DeleteBackupFilesDeps,
  deleteBackupFiles,
} from '../../../../functions/workflow/deletion/delete-backup-files.ts';
import { FakeTidb } from '../../../support/fake-tidb.ts';
import { aBackup, aCluster, CREATED } from '../../../support/records.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

describe('node deleteBackupFiles, on a cluster that a deletion holds', () => {
  /** @returns the operations whose locks were released */
  async function unlockedFor(operationId: string): Promise<string[]> {
    const record: BackupRecord = { ...aBackup(), status: 'Deleting', deleteTime: CREATED, deletions: 2 };
    const unlocked: string[] = [];
    const deps: Partial<DeleteBackupFilesDeps> = {
      clusters: {
        get: async () => undefined,
        lock: async () => ({ outcome: 'held', maintenance: { status: 'Deleting', operationId, since: CREATED } }),
        unlock: async (_id, of) => unlocked.push(of) > 0,
      },
      backups: { get: async () => record, releaseBase: async () => true },
      workflows: { create: async () => true, recordSuccess: async () => {} },
      clock: { now: () => Date.parse(CREATED), sleep: async () => {} },
      timeIsUp: new AbortController().signal,
    };
    const input = { workFlowId: 'backup-1-delete-2', clusterId: 'cluster-1', backupId: 'backup-1' };
    const run = deleteBackupFiles(
      { input: { ...input, maintenanceStatusChange: true }, executionArn: 'arn', startTime: CREATED },
      deps as DeleteBackupFilesDeps,
    );
    await expect(run).rejects.toHaveProperty('name', 'ClusterBusy');
    return unlocked;
  }

  it('ends the hold of an earlier, ended deletion of the same backup', async () => {
    expect(await unlockedFor('backup-1-delete-1')).toEqual(['backup-1-delete-1']);
  });

  it('waits for that of another backup, and for one of its own that has not ended', async () => {
    expect(await unlockedFor('backup-2-delete-1')).toEqual([]);
    expect(await unlockedFor('backup-1-delete-2')).toEqual([]);
  });
});

describe('node deleteBackupFiles', () => {
  const HOUR = 3_600_000;
  const now = Date.parse(CREATED);
  const inHours = (hours: number) => new Date(now + hours * HOUR).toISOString();
  const deleting = (change: object = {}): DeletingBackup => ({
    ...aBackup(),
    ...({ status: 'Deleting', deleteTime: CREATED, deletions: 1 } as const),
    ...change,
  });
  const dependent = (change: object): BackupRecord => ({
    ...aBackup({ backupId: 'incr', base: { backupId: 'backup-1', backupTso: '1' } }),
    ...({ status: 'Finished', startTime: CREATED, endTime: CREATED, backupTso: '2', sizeBytes: '1' } as const),
    ...{ finishedAttempt: 1, ...change },
  });

  function prepare({
    record = deleting(),
    dependents = [] as BackupRecord[],
    fails = undefined as Error | undefined,
  } = {}) {
    const locks: string[] = [];
    const removed: object[] = [];
    const succeeded: string[] = [];
    const timeIsUp = new AbortController();
    const records = new Map(dependents.map((each) => [each.backupId, each]));
    const own = { ...record, ...(dependents.length > 0 && { dependents: new Set(records.keys()) }) };
    const deps: Partial<DeleteBackupFilesDeps> = {
      clusters: {
        get: async () => aCluster({ maintenance: { status: 'Deleting', operationId: 'sweep', since: CREATED } }),
        lock: async () => ({ outcome: 'locked', cluster: aCluster() }),
        unlock: async () => true,
      },
      backups: { get: async (id) => records.get(id) ?? own, releaseBase: async () => true },
      deletions: { recordLock: async (_id, { lockedUntil }) => void locks.push(lockedUntil) },
      workflows: { create: async () => true, recordSuccess: async (id) => void succeeded.push(id) },
      tidb: { openControl: () => expect.unreachable('nothing of the backup can be running') },
      files: {
        folders: async () => [],
        exists: async () => false,
        contents: async () => undefined,
        removeAll: async (folder) => {
          if (fails !== undefined) throw fails;
          removed.push(folder);
        },
      },
      clock: { now: () => now, sleep: async () => {} },
      timeIsUp: timeIsUp.signal,
    };
    const run = (startTime = CREATED, holds = true) =>
      deleteBackupFiles(
        {
          input: { workFlowId: 'w', clusterId: 'cluster-1', backupId: 'backup-1', maintenanceStatusChange: holds },
          ...{ executionArn: 'arn', startTime },
        },
        deps as DeleteBackupFilesDeps,
      );
    return { run, deps, locks, removed, succeeded, timeIsUp };
  }

  it('removes the files, and says so', async () => {
    const { run, removed, succeeded } = prepare();

    expect(await run()).toEqual({ areGone: true });
    expect([removed.length, succeeded]).toEqual([1, ['w']]);
  });

  it('refuses to work if its caller does not hold the cluster as it must', async () => {
    const { run, deps } = prepare();
    expect(await run(CREATED, false)).toEqual({ areGone: true });
    deps.clusters = { ...deps.clusters, get: async () => aCluster() } as typeof deps.clusters;

    await expect(run(CREATED, false)).rejects.toMatchObject({ name: 'OperationSuperseded' });
  });

  it.each([
    ['for its own lock', { record: deleting({ lockedUntil: inHours(2) }) }, 2, []],
    [
      'for a lock that the storage reports',
      { fails: new FilesLocked(aBackup().location, inHours(3)) },
      3,
      [inHours(3)],
    ],
    ['no longer than 20 days at once', { record: deleting({ lockedUntil: inHours(24 * 90) }) }, 24 * 20, []],
  ])('waits %s', async (_, world, hours, locks) => {
    const { run, ...told } = prepare(world);

    expect(await run()).toEqual({ areGone: false, waitUntil: inHours(hours) });
    expect(told.locks).toEqual(locks);
  });

  it.each([
    [340 * 24, false],
    [340 * 24 + 1, true],
  ])('leaves the rest to another execution after %i hours: %s', async (hours, isLeft) => {
    const { run } = prepare({ record: deleting({ lockedUntil: inHours(1) }) });

    const deletion = await run(inHours(-hours));

    expect(deletion).toEqual(isLeft ? { areGone: false, isLeft } : { areGone: false, waitUntil: inHours(1) });
  });

  it('waits for the latest lock of its dependents, and then for their deletion', async () => {
    const waiting = prepare({
      dependents: [
        dependent({ backupId: 'a', lockedUntil: inHours(5) }),
        dependent({ backupId: 'b', lockedUntil: inHours(7) }),
        dependent({ backupId: 'c', lockedUntil: inHours(6) }),
        dependent({ backupId: 'd', lockedUntil: undefined }),
      ],
    });
    expect(await waiting.run()).toEqual({ areGone: false, waitUntil: inHours(7) });

    for (const lockedUntil of [undefined, inHours(-1)]) {
      const { run, removed } = prepare({ dependents: [dependent({ lockedUntil })] });
      await expect(run()).rejects.toMatchObject({
        name: 'DependentsRemain',
        message: 'its dependent backups are deleted first, and still exist: "incr"',
      });
      expect(removed).toEqual([]);
    }
  });

  it('ignores an expired lock', async () => {
    expect(await prepare({ record: deleting({ lockedUntil: CREATED }) }).run()).toEqual({ areGone: true });
    const stale = prepare({ fails: new FilesLocked(aBackup().location, CREATED) });
    await expect(stale.run()).rejects.toMatchObject({ name: 'FilesRemain' });
  });

  it.each<[string, Error, string]>([
    ['what a node fails with', new NodeFailure('ConfigInvalid', 'its keys are gone'), 'ConfigInvalid'],
    ['anything else', new Error('AccessDenied'), 'FilesRemain'],
  ])('fails with %s', async (_, fails, name) => {
    await expect(prepare({ fails }).run()).rejects.toMatchObject({ name, message: fails.message });
  });

  it('does not search its own folder for foreign files, since only the service names it', async () => {
    const { run, deps, removed } = prepare();
    const unasked = () => expect.unreachable('the folder is named by the ids of the record');
    deps.files = { ...deps.files, folders: unasked, contents: unasked } as unknown as typeof deps.files;

    expect(await run()).toEqual({ areGone: true });
    expect(removed).toHaveLength(1);
  });

  describe('if a BACKUP may have outlived its node', () => {
    function prepareLeftover() {
      const prepared = prepare({ record: deleting({ filesRemain: 'it is unknown whether BACKUP is still running' }) });
      const clock = new VirtualClock();
      const tidb = new FakeTidb(clock);
      tidb.runsFor = 3_600_000;
      tidb.startLeftover();
      Object.assign(prepared.deps, { clock, tidb });
      return { ...prepared, tidb };
    }

    it('stops it before it removes the files', async () => {
      const { run, tidb, removed } = prepareLeftover();

      expect(await run()).toEqual({ areGone: true });

      expect(tidb.isRunning()).toBe(false);
      expect(tidb.marks).toContainEqual({ kind: 'BACKUP', backupId: 'backup-1' });
      expect(removed).toHaveLength(1);
      expect(tidb.openConnections).toBe(0);
    });

    it.each([
      ['ignores the kill', { ignoresKill: true }, 'BACKUP is still running and ignored the kill'],
      ['cannot be seen', { isAway: true }, 'it is unknown whether BACKUP is still running: '],
    ])('keeps the files if it %s', async (_, state, message) => {
      const { run, tidb, removed } = prepareLeftover();
      Object.assign(tidb, state);

      await expect(run()).rejects.toMatchObject({ name: 'FilesRemain', message: expect.stringContaining(message) });
      expect(removed).toEqual([]);
    });
  });

  it('continues in another run when its time is up', async () => {
    const { run, timeIsUp } = prepare({ fails: new Error('aborted') });
    timeIsUp.abort();

    expect(await run()).toEqual({ areGone: false });
  });
});

describe('node deleteBackupFiles, of a backup that br took and an import found', () => {
  /**
   * @param folders by their parent's name
   * @param backups names of those with a `backupmeta`
   */
  async function deletion(folders: Record<string, string[]>, backups: readonly string[] = [], foreign?: string) {
    const record: BackupRecord = {
      ...aBackup({ location: { type: 's3', bucket: 'other', prefix: 'br/monday' } }),
      ...{ status: 'Deleting', deleteTime: CREATED, deletions: 1 },
      imported: { workFlowId: 'import-1', time: CREATED, isFlat: true },
    };
    const removed: string[] = [];
    const deps: Partial<DeleteBackupFilesDeps> = {
      clusters: { get: async () => undefined, lock: async () => ({ outcome: 'notFound' }), unlock: async () => true },
      backups: { get: async () => record, releaseBase: async () => true },
      workflows: { create: async () => true, recordSuccess: async () => {} },
      files: {
        folders: async (location) => folders[displayPath(location).split('/').at(-1) ?? ''] ?? [],
        exists: async (location) => backups.includes(displayPath(location).split('/').at(-1) ?? ''),
        contents: async () => ({ files: 1, bytes: 1n, lastWritten: 0, ...(foreign && { foreign }) }),
        removeAll: async (location) => {
          removed.push(displayPath(location));
        },
      },
      clock: { now: () => Date.parse(CREATED), sleep: async () => {} },
      timeIsUp: new AbortController().signal,
    };
    const input = { workFlowId: 'backup-1-delete-1', clusterId: 'cluster-1', backupId: 'backup-1' };
    const run = deleteBackupFiles(
      { input: { ...input, maintenanceStatusChange: true }, executionArn: 'arn', startTime: CREATED },
      deps as DeleteBackupFilesDeps,
    );
    return { run, removed };
  }

  it('removes nothing while a foreign file lies beside it', async () => {
    const { run, removed } = await deletion({}, [], 'notes.csv');

    await expect(run).rejects.toMatchObject({ name: 'FolderNotOwned', message: expect.stringContaining('notes.csv') });
    expect(removed).toEqual([]);
  });

  it('removes the folder in which it was found', async () => {
    const { run, removed } = await deletion({ monday: ['1', '4', 'checkpoints'], checkpoints: ['backup'] });

    expect(await run).toEqual({ areGone: true });
    expect(removed).toEqual(['s3://other/br/monday']);
  });

  it.each([
    ['beside its stores', { monday: ['1', 'private'] }, 'br/monday/private'],
    ['in the folder of a store', { monday: ['1'], 1: ['cluster-1'] }, 'br/monday/1'],
    ['a folder named by a number above others', { monday: ['2026'], 2026: ['11'] }, 'br/monday/2026'],
  ])('removes nothing while a foreign folder is %s', async (_case, folders, name) => {
    const { run, removed } = await deletion(folders);

    await expect(run).rejects.toMatchObject({ name: 'FolderNotOwned', message: expect.stringContaining(name) });
    expect(removed).toEqual([]);
  });

  it('removes no other backup in a folder named by a date', async () => {
    const { run, removed } = await deletion({ monday: ['1', '20260401'] }, ['monday', '20260401']);

    await expect(run).rejects.toMatchObject({
      name: 'FolderNotOwned',
      message: expect.stringContaining('br/monday/20260401'),
    });
    expect(removed).toEqual([]);
  });
});
