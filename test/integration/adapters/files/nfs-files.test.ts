import { execFile } from 'node:child_process';
import { lstat, mkdir, mkdtemp, readdir, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBackupFiles } from '../../../../functions/adapters/files/backup-files.ts';
import { createS3Stores } from '../../../../functions/adapters/files/s3-stores.ts';
import { type BackupFiles, FileRefused } from '../../../../functions/domain/storage/backup-files.ts';
import type { StorageLocation } from '../../../../functions/domain/storage/storage-location.ts';
import { type BackupFolder, backupFolders } from '../../../../functions/workflow/import/backup-folders.ts';
import { fakeSecrets } from '../../../support/fake-secrets.ts';

const AWKWARD = `a+b&c#d%e'f"g\\h?i=j k(é😀)`;
const TIKV_PATH = '/data/tikv/shared';
const BACKUP = 'tidb/cluster-1/backup-1';

const noSecrets = fakeSecrets({});

const at = (path: string): StorageLocation => ({ type: 'nfs', path: `${TIKV_PATH}/${path}` });

describe('files of a backup in a shared file system', () => {
  let scratch: string;
  let mount: string;
  let files: BackupFiles;

  beforeEach(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'nfs-files-'));
    mount = join(scratch, 'mount');
    await mkdir(mount);
    files = createBackupFiles(createS3Stores(noSecrets), { NFS_PATH: TIKV_PATH, NFS_MOUNT: mount });
  });
  afterEach(() => rm(scratch, { recursive: true }));

  async function put(...names: string[]): Promise<void> {
    for (const name of names) {
      await mkdir(dirname(join(mount, name)), { recursive: true });
      await writeFile(join(mount, name), 'x');
    }
  }

  /** The contents of a folder, with the targets of links. */
  async function treeOf(folder: string): Promise<string[]> {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const names = entries.map(async (entry) => {
      const path = join(entry.parentPath, entry.name);
      return path.slice(folder.length + 1) + (entry.isSymbolicLink() ? ` -> ${await readlink(path)}` : '');
    });
    return (await Promise.all(names)).sort();
  }

  it('get a file of ours beside them: complete, replacing an earlier one, in no folder behind a link', async () => {
    await put(`${BACKUP}/attempt-1/backupmeta`);
    const notes = at(`${BACKUP}/tables`);

    await files.write(notes, 'attempt-1.json', 'first');
    await files.write(notes, 'attempt-1.json', 'second');

    expect(await text(await files.read(notes, 'attempt-1.json'))).toBe('second');
    expect(await treeOf(join(mount, BACKUP, 'tables'))).toEqual(['attempt-1.json']);
    await expect(files.write(at('tidb/cluster-1/none/tables'), 'a', 'x')).rejects.toThrow(/none cannot be used/);
    await symlink(scratch, join(mount, BACKUP, 'elsewhere'));
    await expect(files.write(at(`${BACKUP}/elsewhere`), 'a', 'x')).rejects.toMatchObject({ name: 'ConfigInvalid' });
  });

  it('are found from the mount itself, and removed one by one', async () => {
    const place: StorageLocation = { type: 'nfs', path: TIKV_PATH };
    await put(`${BACKUP}/attempt-1/backupmeta`, 'br/monday/backupmeta', 'br/monday/1/a.sst', 'letters/a.txt');
    const found: BackupFolder[] = [];
    for await (const folder of backupFolders(place, files)) if ('location' in folder) found.push(folder);

    expect(found).toMatchObject([
      { cursor: 'br/monday', location: at('br/monday'), foreign: [] },
      { cursor: BACKUP, location: at(BACKUP), layout: { clusterId: 'cluster-1', backupId: 'backup-1', attempts: [1] } },
    ]);
    await files.remove(at('br/monday'), 'backupmeta');
    await files.remove(at('br/monday'), 'backupmeta');
    expect(await treeOf(join(mount, 'br'))).toEqual(['monday', 'monday/1', 'monday/1/a.sst']);
  });

  it('get missing folders, but not through a link', async () => {
    await files.makeFolder(at('tidb/check/1/tables'));
    await files.makeFolder(at('tidb/check/1/tables'));
    await files.write(at('tidb/check/1/tables'), 'a', 'x');

    expect(await treeOf(mount)).toEqual([
      ...['tidb', 'tidb/check', 'tidb/check/1', 'tidb/check/1/tables', 'tidb/check/1/tables/a'],
    ]);
    await symlink(scratch, join(mount, 'elsewhere'));
    await expect(files.makeFolder(at('elsewhere/check'))).rejects.toMatchObject({ name: 'ConfigInvalid' });
    expect(await readdir(scratch)).toEqual(['mount']);
  });

  it('are listed in the mount itself, which may be the storage path', async () => {
    await put('cluster-1/backup-1/attempt-1/backupmeta');

    expect(await files.folders({ type: 'nfs', path: TIKV_PATH })).toEqual(['cluster-1']);
    await expect(files.removeAll({ type: 'nfs', path: TIKV_PATH })).rejects.toMatchObject({ name: 'ConfigInvalid' });
  });

  it('are distinguished from files with the same prefix', async () => {
    await put(`${BACKUP}/backupmeta.old`, 'tidb/cluster-1/backup-11/backupmeta');
    expect(await files.exists(at(BACKUP), 'backupmeta')).toBe(false);
    expect(await files.read(at(BACKUP), 'backupmeta')).toBeUndefined();

    await put(`${BACKUP}/backupmeta`);

    expect(await files.exists(at(BACKUP), 'backupmeta')).toBe(true);
    expect(await text(await files.read(at(BACKUP), 'backupmeta'))).toBe('x');
  });

  it('do not exist while their folder does not', async () => {
    expect(await files.exists(at(BACKUP), 'backupmeta')).toBe(false);
    expect(await files.read(at(BACKUP), 'backupmeta')).toBeUndefined();
    expect(await files.isEmpty(at(BACKUP))).toBe(true);
    expect(await files.dataBytes(at(BACKUP))).toBe(0n);
    await expect(files.removeAll(at(BACKUP))).resolves.toBeUndefined();
  });

  it('are removed with their folder, and none of a neighbour', async () => {
    const others = ['tidb/cluster-1/backup-10/x', 'tidb/cluster-1/backup', 'tidb/cluster-2/backup-1/x'];
    await put(`${BACKUP}/attempt-1/1/a.sst`, `${BACKUP}/backupmeta`, ...others);
    expect(await files.isEmpty(at(BACKUP))).toBe(false);

    await files.removeAll(at(BACKUP));

    expect(await files.isEmpty(at(BACKUP))).toBe(true);
    const left = await treeOf(mount);
    expect(left).not.toContain(BACKUP);
    expect(left).toEqual(expect.arrayContaining(others));
  });

  it('are empty if there are only folders', async () => {
    await mkdir(join(mount, BACKUP, 'attempt-1/1'), { recursive: true });

    expect(await files.isEmpty(at(BACKUP))).toBe(true);
  });

  it('are measured by their data', async () => {
    await put(`${BACKUP}/1/a.sst`, `${BACKUP}/2/b.sst`, `${BACKUP}/backupmeta`, `${BACKUP}/backup.lock`);

    expect(await files.dataBytes(at(BACKUP))).toBe(2n);
  });

  it('are removed under a path with characters that need encoding elsewhere', async () => {
    await put(`${AWKWARD}/backupmeta`, `${AWKWARD}/${AWKWARD}.sst`);
    expect(await files.exists(at(AWKWARD), 'backupmeta')).toBe(true);

    await files.removeAll(at(AWKWARD));

    expect(await treeOf(mount)).toEqual([]);
  });

  it('are removed beyond one batch, and an interrupted removal continues', async () => {
    await put(...Array.from({ length: 2_100 }, (_, index) => `${BACKUP}/1/${index}.sst`));
    const stop = new AbortController();
    stop.abort(new Error('time is up'));

    await expect(files.removeAll(at(BACKUP), stop.signal)).rejects.toThrow('time is up');
    expect(await readdir(join(mount, BACKUP, '1'))).toHaveLength(2_100);

    await Promise.all([files.removeAll(at(BACKUP)), files.removeAll(at(BACKUP))]);
    expect(await treeOf(join(mount, 'tidb/cluster-1'))).toEqual([]);
  });

  describe('never lead out of the mount', () => {
    const secret = 'secret';
    beforeEach(async () => {
      await mkdir(join(scratch, 'elsewhere'));
      await writeFile(join(scratch, 'elsewhere', 'backupmeta'), secret);
      await writeFile(join(scratch, 'elsewhere', 'a.sst'), secret);
    });
    const elsewhere = () => treeOf(join(scratch, 'elsewhere'));

    it.each([
      '..',
      '../elsewhere',
      'tidb/../../elsewhere',
      './tidb',
      'tidb/./cluster-1',
      'tidb//cluster-1',
      'tidb/',
      '',
      'tidb/\0',
    ])('by the path %j', async (path) => {
      await expect(files.removeAll(at(path))).rejects.toMatchObject({ name: 'ConfigInvalid' });
      await expect(files.exists(at(path), 'backupmeta')).rejects.toMatchObject({ name: 'ConfigInvalid' });
    });

    it.each(['/data/tikv', '/data/tikv/sharedb/x', '/data/tikv/shared-b/x', '/etc', 'data/tikv/shared/x'])(
      'when the path is another one: %s',
      async (path) => {
        await expect(files.removeAll({ type: 'nfs', path })).rejects.toMatchObject({ name: 'ConfigInvalid' });
      },
    );

    it.each([
      ['the folder itself', BACKUP, '../../../elsewhere'],
      ['the folder itself, to nowhere', BACKUP, '../../../nowhere'],
      ['the folder itself, in a loop', BACKUP, 'backup-1'],
      ['a parent folder', 'tidb', '../elsewhere'],
    ])('by a link in place of %s', async (_, link, target) => {
      await mkdir(dirname(join(mount, link)), { recursive: true });
      await symlink(target, join(mount, link));

      const message = `${TIKV_PATH}/${BACKUP} is behind a symbolic link, which is not followed`;
      await expect(files.removeAll(at(BACKUP))).rejects.toMatchObject({ name: 'FolderNotOwned', message });
      for (const use of [
        () => files.isEmpty(at(BACKUP)),
        () => files.exists(at(BACKUP), 'backupmeta'),
        () => files.read(at(BACKUP), 'backupmeta'),
        () => files.dataBytes(at(BACKUP)),
      ]) {
        await expect(use()).rejects.toMatchObject({ name: 'ConfigInvalid', message });
      }
      expect(await elsewhere()).toEqual(['a.sst', 'backupmeta']);
    });

    it('by a link among the files: it is not read or measured, and is itself removed', async () => {
      await put(`${BACKUP}/backup.lock`);
      await symlink(join(scratch, 'elsewhere'), join(mount, BACKUP, 'folder'));
      await symlink(join(scratch, 'elsewhere', 'a.sst'), join(mount, BACKUP, 'a.sst'));
      await symlink(join(scratch, 'elsewhere', 'backupmeta'), join(mount, BACKUP, 'backupmeta'));

      expect(await files.exists(at(BACKUP), 'backupmeta')).toBe(false);
      await expect(files.read(at(BACKUP), 'backupmeta')).rejects.toThrow(/cannot be used: ELOOP$/);
      expect(await files.dataBytes(at(BACKUP))).toBe(0n);
      await files.removeAll(at(BACKUP));

      expect(await files.isEmpty(at(BACKUP))).toBe(true);
      expect(await elsewhere()).toEqual(['a.sst', 'backupmeta']);
    });

    it.each([
      ['folder', (path: string) => mkdir(path)],
      ['named pipe', (path: string) => promisify(execFile)('mkfifo', [path])],
    ])('by a %s in place of a file: it is refused, not waited for', async (_what, make) => {
      await put(`${BACKUP}/backup.lock`);
      await make(join(mount, BACKUP, 'backupmeta'));

      await expect(files.read(at(BACKUP), 'backupmeta')).rejects.toThrow(FileRefused);
    });

    it('in any tree of folders, files and links that is removed', async () => {
      const name = fc.constantFrom('a', 'b', 'c.sst', AWKWARD);
      const target = fc.constantFrom('../elsewhere', '../../../../elsewhere', '/', '.', '..', 'a', 'nowhere');
      const entry = fc.record({ path: fc.array(name, { minLength: 1, maxLength: 4 }), link: fc.option(target) });
      await fc.assert(
        fc.asyncProperty(fc.array(entry, { maxLength: 12 }), async (entries) => {
          await put('tidb/cluster-1/backup-10/x');
          await mkdir(join(mount, BACKUP), { recursive: true });
          const before = [await elsewhere(), await treeOf(join(mount, 'tidb/cluster-1/backup-10'))];
          for (const { path, link } of entries) await make(join(mount, BACKUP), path, link);

          await files.removeAll(at(BACKUP));

          await expect(lstat(join(mount, BACKUP))).rejects.toMatchObject({ code: 'ENOENT' });
          expect([await elsewhere(), await treeOf(join(mount, 'tidb/cluster-1/backup-10'))]).toEqual(before);
        }),
        { numRuns: 60 },
      );
    });

    /** As far as the files made before allow: no folder is created through a link. */
    async function make(folder: string, [first = '', ...rest]: readonly string[], link: string | null): Promise<void> {
      const path = join(folder, first);
      if (rest.length === 0) {
        const made = link === null ? writeFile(path, 'x', { flag: 'wx' }) : symlink(link, path);
        return await made.catch(() => undefined);
      }
      await mkdir(path).catch(() => undefined);
      if ((await lstat(path)).isDirectory()) await make(path, rest, link);
    }
  });

  it('do not exist below something that is no folder', async () => {
    await put(BACKUP);

    expect(await files.isEmpty(at(BACKUP))).toBe(true);
    expect(await files.exists(at(BACKUP), 'backupmeta')).toBe(false);
  });

  it('are reached by no function without a mount', async () => {
    const bare = createBackupFiles(createS3Stores(noSecrets), {});

    await expect(bare.exists(at(BACKUP), 'backupmeta')).rejects.toMatchObject({ name: 'ConfigInvalid' });
  });
});

async function text(chunks: AsyncIterable<Uint8Array> | undefined): Promise<string | undefined> {
  if (chunks === undefined) return undefined;
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts).toString();
}
