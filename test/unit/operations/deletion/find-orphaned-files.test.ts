import { describe, expect, it, vi } from 'vitest';
import type { BackupRecord } from '../../../../functions/domain/backup/backup-record.ts';
import type { StoredConfig } from '../../../../functions/domain/config/system-config.ts';
import { addFile, FilesLocked, type FolderContents } from '../../../../functions/domain/storage/backup-files.ts';
import type { OrphanedFiles } from '../../../../functions/domain/storage/orphaned-files.ts';
import { displayPath, type StorageLocation } from '../../../../functions/domain/storage/storage-location.ts';
import {
  type FindOrphanedFilesDeps,
  findOrphanedFiles,
} from '../../../../functions/operations/deletion/find-orphaned-files.ts';
import { aBackup, aFinishedBackup, CREATED, later } from '../../../support/records.ts';

const DAY = 24 * 3_600;
const NOW = Date.parse(later(DAY));
const PATH = 's3://own-bucket/backups';

/** @param keys of files in buckets, with their times of writing */
function prepare(
  keys: Record<string, string>,
  { remove = false, stored = {} as StoredConfig, former = [] as StorageLocation[] } = {},
) {
  vi.spyOn(console, 'warn').mockImplementation(() => {});
  vi.spyOn(console, 'error').mockImplementation(() => {});
  const present = new Map(Object.entries(keys));
  const told: OrphanedFiles[] = [];
  const below = (path: string) => [...present].filter(([key]) => key.startsWith(`${path}/`));
  const wanted: string[] = [];
  const records: BackupRecord[] = [
    aBackup({ location: { type: 's3', bucket: 'own-bucket', prefix: 'backups/cluster-1/backup-1' } }),
  ];
  const deps: FindOrphanedFilesDeps = {
    backups: {
      getAll: async (ids) => records.filter(({ backupId }) => ids.includes(backupId)),
      wantManifest: async (id) => void wanted.push(id),
    },
    config: { read: async () => stored },
    formerPlaces: { read: async () => former },
    files: {
      folders: async (location) => {
        const path = displayPath(location);
        const names = below(path).map(([key]) => key.slice(path.length + 1));
        return [...new Set(names.filter((name) => name.includes('/')).map((name) => name.split('/')[0] ?? ''))];
      },
      exists: async (location, name) => present.has(`${displayPath(location)}/${name}`),
      contents: async (location) => {
        const contents: FolderContents = { files: 0, bytes: 0n, lastWritten: 0 };
        for (const [, written] of below(displayPath(location))) {
          addFile(contents, { path: 'backupmeta', size: 10, lastWritten: Date.parse(written) });
        }
        return contents.files === 0 ? undefined : contents;
      },
      removeAll: async (location) => {
        for (const [key] of below(displayPath(location))) present.delete(key);
      },
    },
    events: {
      async orphaned(folders) {
        told.push(...folders);
      },
    },
    remove,
    timeIsUp: new AbortController().signal,
    defaultStoragePath: 'own-bucket/backups',
  };
  return { deps, told, present, records, wanted, run: async () => (await findOrphanedFiles(NOW, deps)).orphaned };
}

const ORPHAN = {
  [`${PATH}/cluster-1/lost/attempt-1/1/a.sst`]: CREATED,
  [`${PATH}/cluster-1/lost/attempt-2/backup.lock`]: CREATED,
};

describe('the sweep for orphaned files', () => {
  it('requests the missing manifests of finished backups', async () => {
    const ids = ['old', 'kept', 'elsewhere'];
    const keys = ids.map((id) => [`${PATH}/cluster-1/${id}/attempt-1/backupmeta`, CREATED]);
    const { run, records, wanted } = prepare(Object.fromEntries(keys));
    const at = (prefix: string) => ({ type: 's3', bucket: 'own-bucket', prefix }) as const;
    records.push(aFinishedBackup({ backupId: 'old', location: at('backups/cluster-1/old') }));
    records.push(aFinishedBackup({ backupId: 'kept', location: at('backups/cluster-1/kept'), manifestAt: CREATED }));
    records.push(aFinishedBackup({ backupId: 'elsewhere', location: at('former/cluster-1/elsewhere') }));

    await run();

    expect(wanted).toEqual(['old']);
  });

  it('removes table checksums with their folder, even if nothing else is left', async () => {
    const notes = (backupId: string) => ({ [`${PATH}/cluster-1/${backupId}/tables/attempt-1.json`]: CREATED });
    const { run, told, present } = prepare({ ...ORPHAN, ...notes('lost'), ...notes('alone') }, { remove: true });

    await run();

    expect(told.map(({ backupId }) => backupId).sort()).toEqual(['alone', 'lost']);
    expect([...present.keys()]).toEqual([]);
  });

  it('never removes a complete backup, whose record may be lost with all others', async () => {
    const whole = {
      [`${PATH}/cluster-1/whole/attempt-1/backupmeta`]: CREATED,
      [`${PATH}/cluster-1/whole/attempt-1/tidb-backup-manifest.json`]: CREATED,
    };
    const { run, told, present } = prepare({ ...ORPHAN, ...whole }, { remove: true });

    await run();

    expect(told).toMatchObject([
      { backupId: 'lost', removed: true },
      { backupId: 'whole', removed: false, importable: true },
    ]);
    expect([...present.keys()]).toEqual(Object.keys(whole));
  });

  it('publishes a folder without a record, and keeps it', async () => {
    const { run, told, present } = prepare(ORPHAN);

    const found = await run();

    expect(found).toEqual([
      {
        clusterId: 'cluster-1',
        backupId: 'lost',
        path: `${PATH}/cluster-1/lost`,
        files: 2,
        sizeBytes: '20',
        lastWritten: CREATED,
        removed: false,
      },
    ]);
    expect(told).toEqual(found);
    expect(present.size).toBe(2);
  });

  it('removes it after publishing it if the tenant says so, and nothing else beside it', async () => {
    const note = `${PATH}/cluster-1/lost/readme/notes.txt`;
    const { run, told, present } = prepare({ ...ORPHAN, [note]: CREATED }, { remove: true });

    await run();

    expect(told).toMatchObject([{ backupId: 'lost', removed: true }]);
    expect([...present.keys()]).toEqual([note]);
  });

  it.each([
    ['files with a record', { [`${PATH}/cluster-1/backup-1/attempt-1/a.sst`]: CREATED }],
    ['files younger than a day', { ...ORPHAN, [`${PATH}/cluster-1/lost/attempt-2/b.sst`]: later(1) }],
    ['names that no backup has', { [`${PATH}/cluster-1/lost/data/a.sst`]: CREATED }],
    ['a folder without the name of a record', { [`${PATH}/cluster-1/.lost/attempt-1/a.sst`]: CREATED }],
    ['a folder without the name of a cluster', { [`${PATH}/.cluster/lost/attempt-1/a.sst`]: CREATED }],
    ['files elsewhere', { 's3://own-bucket/other/cluster-1/lost/attempt-1/a.sst': CREATED }],
  ])('ignores %s', async (_what, keys) => {
    const { run, told, present } = prepare(keys, { remove: true });

    expect(await run()).toEqual([]);

    expect(told).toEqual([]);
    expect(present.size).toBe(Object.keys(keys).length);
  });

  it('does not take the record of another cluster for its own', async () => {
    const { run } = prepare({ [`${PATH}/cluster-2/backup-1/attempt-1/a.sst`]: CREATED });

    expect(await run()).toMatchObject([{ clusterId: 'cluster-2', backupId: 'backup-1' }]);
  });

  it('searches the configured path too, even if the other fails', async () => {
    const stored = { BackupStoragePath: 'own-bucket/second' };
    const { run, deps, told } = prepare(
      { 's3://own-bucket/second/cluster-1/lost/attempt-1/a.sst': CREATED },
      { stored },
    );
    const { folders } = deps.files;
    deps.files.folders = async (location) => {
      if (displayPath(location) === PATH) throw new Error('AccessDenied');
      return await folders(location);
    };

    await expect(run()).rejects.toThrow('AccessDenied');

    expect(told).toMatchObject([{ path: 's3://own-bucket/second/cluster-1/lost' }]);
  });

  describe('in places that were configured before', () => {
    const elsewhere = (prefix: string, endpoint?: string): StorageLocation => ({
      ...{ type: 's3', bucket: 'old-bucket', prefix, endpoint },
      credentials: { accessKeySecretArn: 'arn:a', secretAccessKeySecretArn: 'arn:s' },
    });
    const LOST = { 's3://old-bucket/b/cluster-1/lost/attempt-1/a.sst': CREATED };

    it('finds and removes them too, with the former keys', async () => {
      const former = [elsewhere('b', 'https://one.example.com')];
      const { run, deps, told, present } = prepare(LOST, { former, remove: true });
      const removed: StorageLocation[] = [];
      const { removeAll } = deps.files;
      deps.files.removeAll = async (location) => {
        removed.push(location);
        await removeAll(location);
      };

      await run();

      expect(told).toMatchObject([{ path: 's3://old-bucket/b/cluster-1/lost', removed: true }]);
      expect(removed).toEqual([{ ...former[0], prefix: 'b/cluster-1/lost/attempt-1' }]);
      expect(present.size).toBe(0);
    });

    it('searches each place once, and the same path of two stores twice', async () => {
      const [one, two] = [elsewhere('b', 'https://one.example.com'), elsewhere('b', 'https://two.example.com')];
      const own: StorageLocation = { type: 's3', bucket: 'own-bucket', prefix: 'backups' };
      const { run, deps } = prepare({}, { former: [one, own, two, one] });
      const looked: StorageLocation[] = [];
      deps.files.folders = async (location) => {
        looked.push(location);
        return [];
      };

      await run();

      expect(looked).toEqual([own, one, two]);
    });

    it('treats a file as known if another endpoint has it too: it may be the same store', async () => {
      const former = [{ ...elsewhere('backups', 'https://two.example.com'), bucket: 'own-bucket' } as StorageLocation];
      const { run, present } = prepare(
        { [`${PATH}/cluster-1/backup-1/attempt-1/a.sst`]: CREATED },
        { former, remove: true },
      );

      expect(await run()).toEqual([]);

      expect(present.size).toBe(1);
    });

    it('does not fail if a store no longer exists', async () => {
      vi.spyOn(console, 'warn').mockImplementation(() => {});
      const { run, deps, told } = prepare(ORPHAN, { former: [elsewhere('gone')] });
      const { folders } = deps.files;
      deps.files.folders = async (location) => {
        if (displayPath(location).startsWith('s3://old-bucket')) throw new Error('ENOTFOUND');
        return await folders(location);
      };

      await run();

      expect(told).toHaveLength(1);
    });

    it('continues while the configuration is changing from one to the other', async () => {
      const stored: StoredConfig = { BackupS3AccessKey: { secretArn: 'arn:new' } };
      const { run } = prepare({ ...ORPHAN, ...LOST }, { former: [elsewhere('b')], stored });

      expect(await run()).toHaveLength(2);
    });
  });

  describe('of a deployment with a second copy', () => {
    const copy = { bucket: 'copies', region: 'eu-west-1' };
    const copied = (path: string) => `s3://copies/backups/cluster-1/${path}`;

    it('publishes a copy that arrived after its backup was deleted, but no copy with a record', async () => {
      const { deps, told, present } = prepare(
        { [copied('late/attempt-1/1/a.sst')]: CREATED, [copied('backup-1/attempt-1/backupmeta')]: CREATED },
        { remove: true },
      );
      const known = aBackup({
        location: { type: 's3', bucket: 'own-bucket', prefix: 'backups/cluster-1/backup-1', copy },
      });
      const backups = { ...deps.backups, getAll: async () => [known] };

      await findOrphanedFiles(NOW, { ...deps, backups, storageTerms: { copy } });

      expect(told.map(({ path }) => path)).toEqual([copied('late')]);
      expect([...present.keys()]).toEqual([copied('backup-1/attempt-1/backupmeta')]);
    });
  });

  it('leaves locked files for a later sweep, and removes the others', async () => {
    const other = `${PATH}/cluster-2/lost/attempt-1/a.sst`;
    const { run, deps, told, present } = prepare({ ...ORPHAN, [other]: CREATED }, { remove: true });
    const { removeAll } = deps.files;
    deps.files.removeAll = async (location) => {
      if (displayPath(location).includes('cluster-1')) throw new FilesLocked(location, later(2 * DAY));
      await removeAll(location);
    };

    await expect(run()).resolves.toHaveLength(2);

    expect([...present.keys()]).toEqual(Object.keys(ORPHAN));
    expect(told).toHaveLength(2);
  });

  it('fails if it cannot remove files that are not locked', async () => {
    const { run, deps, told } = prepare(ORPHAN, { remove: true });
    deps.files.removeAll = async () => Promise.reject(new Error('AccessDenied'));

    await expect(run()).rejects.toThrow('AccessDenied');

    expect(told).toHaveLength(1);
  });

  it('stops before the next cluster when its time is up, and continues there', async () => {
    const { deps, told } = prepare({ ...ORPHAN, [`${PATH}/cluster-2/lost/attempt-1/a.sst`]: CREATED });
    const timeIsUp = new AbortController();
    const events = {
      orphaned: async (folders: OrphanedFiles[]) => {
        told.push(...folders);
        timeIsUp.abort(new Error('the sweep must end'));
      },
    };

    const { stoppedAt } = await findOrphanedFiles(NOW, { ...deps, events, timeIsUp: timeIsUp.signal });
    expect(told.map(({ clusterId }) => clusterId)).toEqual(['cluster-1']);
    const rest = await findOrphanedFiles(NOW, deps, stoppedAt);

    expect(rest.stoppedAt).toBeUndefined();
    expect(told.map(({ clusterId }) => clusterId)).toEqual(['cluster-1', 'cluster-2']);
  });

  it('removes nothing that it could not publish', async () => {
    const { run, deps, present } = prepare(ORPHAN, { remove: true });
    deps.events = { orphaned: async () => Promise.reject(new Error('throttled')) };

    await expect(run()).rejects.toThrow('throttled');

    expect(present.size).toBe(2);
  });
});
