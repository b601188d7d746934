import { afterEach, describe, expect, it, vi } from 'vitest';
import type { BackupRecord, FinishedBackup } from '../../../../functions/domain/backup/backup-record.ts';
import type { FolderContents } from '../../../../functions/domain/storage/backup-files.ts';
import type { MissingFiles } from '../../../../functions/domain/storage/missing-files.ts';
import { displayPath } from '../../../../functions/domain/storage/storage-location.ts';
import { findMissingFiles } from '../../../../functions/operations/backup/find-missing-files.ts';
import { aBackup, aFinishedBackup, CREATED } from '../../../support/records.ts';

/** Of a backup of two data files with 20 bytes, its `backupmeta` and its manifest. */
const WHOLE: FolderContents = { files: 4, manifests: 1, bytes: 30n, dataBytes: 20n, lastWritten: 0 };

describe('the search for missing files', () => {
  afterEach(() => vi.restoreAllMocks());

  /** Finished backups, two a page. */
  function prepare(...ids: string[]) {
    const log = vi.spyOn(console, 'error').mockReturnValue();
    const time = new AbortController();
    const finished = ids.map((backupId) =>
      aFinishedBackup({
        ...{ backupId, fileCount: 3, sizeBytes: '20' },
        location: { type: 's3', bucket: 'own-bucket', prefix: `backups/cluster-1/${backupId}` },
      }),
    );
    const world = {
      ...{ finished, time, log, told: [] as MissingFiles[], counts: [] as number[] },
      /** What the store holds by now. */
      records: new Map<string, BackupRecord | undefined>(finished.map((record) => [record.backupId, record])),
      contents: new Map<string, FolderContents | undefined>(ids.map((id) => [id, WHOLE])),
      listed: [] as string[],
      onList: (_id: string) => {},
      run: (from?: string) => findMissingFiles(deps, from),
    };
    const deps = {
      backups: {
        get: async (id: string) => world.records.get(id),
        finishedAfter: async (id?: string): Promise<{ backups: FinishedBackup[]; next?: string }> => {
          const first = finished.findIndex(({ backupId }) => backupId === id) + 1;
          const next = finished[first + 1]?.backupId;
          const backups = finished.slice(first, first + 2);
          return { backups, ...(next !== undefined && first + 2 < finished.length && { next }) };
        },
      },
      files: {
        contents: async (location: FinishedBackup['location']) => {
          const id = /cluster-1\/([^/]+)\/attempt-1$/.exec(displayPath(location))?.[1] ?? '';
          world.listed.push(id);
          world.onList(id);
          return world.contents.get(id);
        },
      },
      events: { missing: async (backup: MissingFiles) => void world.told.push(backup) },
      metrics: { emit: (values: Record<string, number>) => void world.counts.push(values.BackupFilesMissing ?? -1) },
      timeIsUp: time.signal,
    };
    return world;
  }

  it('lists each backup once, and reports a count of zero if nothing is missing', async () => {
    const { run, told, counts, listed } = prepare('a', 'b', 'c', 'd', 'e');

    expect(await run()).toEqual({ missing: [] });

    expect(listed).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect([told, counts]).toEqual([[], [0]]);
  });

  it.each<[string, FolderContents | undefined]>([
    ['the whole folder', undefined],
    // Database roles cannot delete the manifest.
    ['all but the manifest', { files: 1, manifests: 1, bytes: 5n, lastWritten: 0 }],
    ['one file', { ...WHOLE, files: 3, dataBytes: 20n }],
    ['some bytes of data', { ...WHOLE, dataBytes: 19n }],
  ])('publishes a backup that lacks %s', async (_what, contents) => {
    const world = prepare('a', 'b');
    world.contents.set('b', contents);

    const { missing } = await world.run();

    const lack = {
      files: (contents?.files ?? 0) - (contents?.manifests ?? 0),
      dataBytes: String(contents?.dataBytes ?? 0n),
    };
    expect(missing).toEqual([
      {
        ...{ backupId: 'b', clusterId: 'cluster-1', path: 's3://own-bucket/backups/cluster-1/b/attempt-1' },
        ...{ ...lack, expectedFiles: 3, expectedBytes: '20' },
      },
    ]);
    expect([world.told, world.counts]).toEqual([missing, [1]]);
  });

  it('goes by the bytes of data if the files were never counted', async () => {
    const world = prepare('a');
    world.finished.forEach((record) => {
      delete record.fileCount;
    });
    world.contents.set('a', { ...WHOLE, files: 2 });
    expect((await world.run()).missing).toEqual([]);
    world.contents.set('a', { ...WHOLE, dataBytes: 19n });
    expect((await world.run()).missing).toHaveLength(1);
  });

  it.each<[string, BackupRecord | undefined]>([
    ['is being deleted', { ...aBackup(), status: 'Deleting', deleteTime: CREATED, deletions: 1 }],
    ['was deleted', undefined],
  ])('says nothing of a backup that meanwhile %s', async (_how, record) => {
    const world = prepare('a');
    world.contents.set('a', undefined);
    world.onList = () => world.records.set('a', record);

    expect(await world.run()).toEqual({ missing: [] });
    expect([world.told, world.counts]).toEqual([[], [0]]);
  });

  it('checks the others if one cannot be listed, logs which, and counts it: its bucket may be gone', async () => {
    const world = prepare('a', 'b');
    world.contents.set('b', undefined);
    world.onList = (id) => {
      if (id === 'a') throw new Error('AccessDenied');
    };

    expect((await world.run()).missing).toMatchObject([{ backupId: 'b' }]);
    expect(world.log.mock.calls[0]).toMatchObject([
      { message: 'the files of a backup could not be checked', backupId: 'a' },
    ]);
    expect(world.counts).toEqual([2]);
  });

  it('counts a backup whose event could not be sent', async () => {
    const world = prepare('a');
    world.contents.set('a', undefined);
    world.told.push = () => {
      throw new Error('the event bus is away');
    };

    await world.run();
    expect(world.counts).toEqual([1]);
  });

  it('stops when its time is up, and continues behind the last backup', async () => {
    const world = prepare('a', 'b', 'c', 'd');
    world.onList = (id) => {
      if (id === 'c') world.time.abort();
    };

    expect(await world.run()).toEqual({ missing: [], checkedUpTo: 'c' });
    const rest = prepare('a', 'b', 'c', 'd');
    expect(await rest.run('c')).toEqual({ missing: [] });
    expect(rest.listed).toEqual(['d']);
  });
});
