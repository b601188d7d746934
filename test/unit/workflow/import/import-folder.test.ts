import { beforeEach, describe, expect, it } from 'vitest';
import { MANIFEST } from '../../../../functions/domain/backup/manifest.ts';
import { FileRefused } from '../../../../functions/domain/storage/backup-files.ts';
import { pathOf } from '../../../../functions/domain/storage/storage-location.ts';
import { importBackups } from '../../../../functions/workflow/import/import-backups.ts';
import { backupMetaBytes } from '../../../support/backup-meta.ts';
import { backup, ImportWorld, INPUT, OWN, tsoAt } from '../../../support/import-world.ts';
import { later } from '../../../support/records.ts';

let world: ImportWorld;
beforeEach(() => {
  world = new ImportWorld();
});

describe('a backup without a manifest', () => {
  it('is imported from backupmeta, contains no secret of its scope, and is never removed by a rule', async () => {
    world.put(backup({ backupMode: 'auto' }), { manifest: null });

    await world.run();

    const [record] = world.finished();
    expect(record).toMatchObject({
      ...{ backupId: 'backup-1', clusterId: 'cluster-1', backupType: 'full', backupMode: 'manual', finishedAttempt: 1 },
      ...{ backupTso: tsoAt(10), endTime: later(10), tidbClusterId: '7', tidbVersion: 'v8.5.0', sizeBytes: '10' },
      imported: { withoutManifest: true },
    });
    expect(record?.expireAt).toBeUndefined();
  });

  it('that its store refuses is listed and skipped, and the others are imported', async () => {
    world.put(backup(), { manifest: null });
    world.put(backup({ backupId: 'backup-2' }));
    const deps = world.deps();
    const files: typeof deps.files = {
      ...deps.files,
      read: async (location, name) => {
        if (pathOf(location).includes('backup-1'))
          throw new FileRefused('s3://own-bucket/… cannot be used: AccessDenied');
        return await deps.files.read(location, name);
      },
    };

    expect(await importBackups(INPUT, { ...deps, files })).toMatchObject({ imported: 1, skipped: 1 });
    expect(world.entries()).toContainEqual(
      expect.objectContaining({
        backupId: 'backup-1',
        result: 'skipped',
        reason: expect.stringContaining('AccessDenied'),
      }),
    );
  });

  it('of br is identified by its folder, the same at each import', async () => {
    world.job = { ...world.job, request: { path: 'other-bucket/br' } };
    const meta = backupMetaBytes({ backupTso: tsoAt(10), clusterId: '7' });
    world.files.set('s3://other-bucket/br/monday/backupmeta', meta);
    world.files.set('s3://other-bucket/br/monday/1/a.sst', new Uint8Array(10));

    await world.run();
    const [record] = world.finished();
    world.records.clear();
    world.job = { request: { path: 'other-bucket/br', clusterId: 'orders' }, isPlan: false, runs: 0 };
    world.status = 'Processing';
    await world.run();

    expect(record).toMatchObject({
      clusterId: 'tidb-7',
      location: { bucket: 'other-bucket', prefix: 'br/monday' },
      imported: { isFlat: true },
    });
    expect(world.finished()).toMatchObject([{ backupId: record?.backupId, clusterId: 'orders' }]);
  });

  it.each([
    ['in the storage path of the deployment', 'own-bucket/backups', `${OWN}/monday`, 'own storage path'],
    ['directly in the folder of a cluster there', 'own-bucket/backups', `${OWN}/cluster-1`, 'own storage path'],
    ['above it', 'own-bucket', 's3://own-bucket/backups', 'own storage path'],
    [
      'with folders of others in it',
      'other-bucket/br',
      's3://other-bucket/br/monday',
      'folders that BR did not write: "private"',
    ],
  ])('of br is skipped %s', async (_case, path, folder, reason) => {
    world.job = { ...world.job, request: { path } };
    world.files.set(`${folder}/backupmeta`, backupMetaBytes({ backupTso: tsoAt(10), clusterId: '7' }));
    if (reason.includes('private')) world.files.set(`${folder}/private/letters.txt`, new Uint8Array(1));

    expect(await world.run()).toMatchObject({ imported: 0, skipped: 1 });

    expect(world.reason()).toContain(reason);
  });

  it('of br has no others inside, whatever number its folder is named by', async () => {
    world.job = { ...world.job, request: { path: 'other-bucket/br' } };
    for (const folder of ['br', 'br/20260401']) {
      const meta = backupMetaBytes({ backupTso: tsoAt(10), clusterId: '7' });
      world.files.set(`s3://other-bucket/${folder}/backupmeta`, meta);
      world.files.set(`s3://other-bucket/${folder}/1/a.sst`, new Uint8Array(10));
    }

    expect(await world.run()).toMatchObject({ imported: 1, skipped: 1 });

    expect(world.finished()).toMatchObject([{ location: { prefix: 'br/20260401' } }]);
  });

  it('of br is not imported from the second copy of the own storage path, which is deleted with its original', async () => {
    world.job = { ...world.job, request: { path: 'other-bucket/backups/cluster-1/backup-1/attempt-1' } };
    world.copy = { bucket: 'other-bucket', region: 'eu-west-1' };
    world.put(backup(), { base: 's3://other-bucket/backups' });

    expect(await world.run()).toMatchObject({ imported: 0, skipped: 1 });

    expect(world.reason()).toContain('own storage path');
  });

  it.each([
    ['encrypted or damaged', Uint8Array.of(0xff, 1, 2, 3), 'cannot be read'],
    ['empty', new Uint8Array(), 'cannot be read'],
    ['of a future snapshot', backupMetaBytes({ backupTso: tsoAt(40 * 24 * 3_600) }), 'in the future'],
    [
      'of a future base',
      backupMetaBytes({ backupTso: tsoAt(10), baseTso: tsoAt(11) }),
      'starts after its own snapshot',
    ],
    ['of raw key-values', backupMetaBytes({ backupTso: '0', isRawKv: true }), 'restore it with br'],
    ['of transactional key-values', backupMetaBytes({ backupTso: tsoAt(10), isTxnKv: true }), 'restore it with br'],
  ])('whose backupmeta is %s is skipped', async (_case, meta, reason) => {
    world.put(backup(), { manifest: null, meta });

    await world.run();

    expect(world.reason()).toContain(reason);
  });

  it('of an old br, whose backupmeta lists every file and begins at its own snapshot, is a full one', async () => {
    world.job = { ...world.job, request: { path: 'other-bucket/br' } };
    const files = Array.from({ length: 50 }, (_, index) => new Uint8Array(2_000).fill(index));
    const tso = tsoAt(10);
    const meta = backupMetaBytes({
      backupTso: tso,
      baseTso: tso,
      clusterId: '7',
      files,
      schemas: [['shop', 'orders']],
    });
    world.files.set('s3://other-bucket/br/2020/backupmeta', meta);

    expect(await world.run()).toMatchObject({ imported: 1 });

    expect(world.finished()).toMatchObject([{ backupType: 'full', backupTso: tso }]);
    expect(world.finished()[0]).not.toHaveProperty('base');
  });

  it.each(['Ünïcode', '..', '-rf', 'x'.repeat(65), 'a b', '‮desrever'])(
    'in a folder whose name is no id is no backup of the service: %j',
    async (name) => {
      world.put(backup());
      for (const file of ['backupmeta', MANIFEST]) {
        const bytes = world.files.get(`${OWN}/cluster-1/backup-1/attempt-1/${file}`) ?? expect.unreachable();
        world.files.set(`${OWN}/cluster-1/${name}/attempt-1/${file}`, bytes);
      }

      expect(await world.run()).toMatchObject({ imported: 1, skipped: 1 });

      const [entry] = world.entries().filter(({ result }) => result === 'skipped');
      expect(entry).toMatchObject({ path: `${OWN}/cluster-1/${name}/attempt-1` });
      expect(entry?.reason).toContain('own storage path');
    },
  );

  it('is counted as BR wrote it, even beside a manifest of an earlier import', async () => {
    world.job = { ...world.job, request: { path: 'other-bucket/br' } };
    const meta = backupMetaBytes({ backupTso: tsoAt(10), clusterId: '7' });
    world.files.set('s3://other-bucket/br/backupmeta', meta);
    world.files.set('s3://other-bucket/br/1/a.sst', new Uint8Array(10));
    world.files.set(`s3://other-bucket/br/${MANIFEST}`, Buffer.from('{}'));

    await world.run();

    expect(world.finished()).toMatchObject([{ fileCount: 2, sizeBytes: '10', metaVersion: { eTag: '"found"' } }]);
  });
});
