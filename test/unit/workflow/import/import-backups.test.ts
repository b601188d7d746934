import { beforeEach, describe, expect, it } from 'vitest';
import type { BackupRecord, FinishedBackup } from '../../../../functions/domain/backup/backup-record.ts';
import type { ImportEntry, ImportJob } from '../../../../functions/domain/backup/import-job.ts';
import { MANIFEST, manifestOf } from '../../../../functions/domain/backup/manifest.ts';
import { addFile, type FolderContents } from '../../../../functions/domain/storage/backup-files.ts';
import { displayPath, type StorageLocation } from '../../../../functions/domain/storage/storage-location.ts';
import type { CheckInput } from '../../../../functions/domain/workflow/workflow.ts';
import { importBackups } from '../../../../functions/workflow/import/import-backups.ts';
import type { ImportBackupsDeps } from '../../../../functions/workflow/import/import-run.ts';
import { backupMetaBytes } from '../../../support/backup-meta.ts';
import { dying } from '../../../support/dying.ts';
import { aBackup, aFinishedBackup, CREATED, later } from '../../../support/records.ts';

const NOW = Date.parse(later(30 * 24 * 3_600));
const OWN = 's3://own-bucket/backups';
const INPUT: CheckInput = {
  ...{ workFlowId: 'import-1', clusterId: 'catalogue', backupId: 'import-1' },
  ...{ flowName: 'ImportBackups', maintenanceStatusChange: false },
};

/** The TSO of a moment some seconds after {@link CREATED}. */
const tsoAt = (seconds: number) => String(BigInt(Date.parse(CREATED) + seconds * 1_000) << 18n);

/** A bucket, tables and a workflow, in memory. */
class World {
  readonly files = new Map<string, Uint8Array>();
  readonly records = new Map<string, BackupRecord>();
  readonly pages = new Map<number, ImportEntry[]>();
  readonly locks = new Map<string, string>();
  job: ImportJob = { request: {}, isPlan: false, runs: 0 };
  status = 'Initializing';
  timeIsUp = new AbortController();
  /** In the deployment's own bucket. */
  copy: { bucket: string; region: string } | undefined;
  /** Called for each record written. */
  adopted = (_: FinishedBackup): void => {};
  reads = 0;

  /** Lays out a backup as the service does. */
  put(record: FinishedBackup, change: { manifest?: string | null; meta?: Uint8Array; base?: string } = {}): void {
    const { clusterId, backupId, finishedAttempt, backupTso, base } = record;
    const folder = `${change.base ?? OWN}/${clusterId}/${backupId}/attempt-${finishedAttempt}`;
    const meta = backupMetaBytes({
      backupTso,
      clusterId: '7',
      baseTso: base?.backupTso ?? '0',
      clusterVersion: 'v8.5.0',
    });
    this.files.set(`${folder}/backupmeta`, change.meta ?? meta);
    this.files.set(`${folder}/1/a.sst`, new Uint8Array(10));
    if (change.manifest === null) return;
    this.files.set(`${folder}/${MANIFEST}`, Buffer.from(change.manifest ?? manifestOf(record)));
  }

  deps(): ImportBackupsDeps {
    const below = (location: StorageLocation) => {
      const path = `${displayPath(location).replace(/\/$/, '')}/`;
      return [...this.files.keys()].filter((key) => key.startsWith(path)).map((key) => key.slice(path.length));
    };
    const at = (location: StorageLocation, name: string) => `${displayPath(location)}/${name}`;
    return {
      defaultStoragePath: 'own-bucket/backups',
      importBuckets: ['other-bucket'],
      storageTerms: { copy: this.copy },
      config: { read: async () => ({}) },
      formerPlaces: { read: async () => [] },
      clock: { now: () => NOW, sleep: async () => {} },
      timeIsUp: this.timeIsUp.signal,
      files: {
        folders: async (location) => {
          const names = below(location).filter((key) => key.includes('/'));
          return [...new Set(names.map((key) => key.split('/')[0] ?? ''))];
        },
        exists: async (location, name) => this.files.has(at(location, name)),
        read: async (location, name) => {
          this.reads += 1;
          const bytes = this.files.get(at(location, name));
          return bytes && inOnePart(bytes);
        },
        contents: async (location) => {
          const found: FolderContents = { files: 0, bytes: 0n, lastWritten: 0 };
          for (const path of below(location)) addFile(found, { path, size: 10, lastWritten: 0 });
          return found;
        },
        stateOf: async (location) => {
          const lockedUntil = this.locks.get(displayPath(location));
          return { ...(lockedUntil && { lockedUntil }), version: { eTag: '"found"', versionId: 'found' } };
        },
      },
      backups: {
        get: async (id) => this.records.get(id),
        getAll: async (ids) => ids.flatMap((id) => this.records.get(id) ?? []),
        adopt: async (record) => {
          if (this.records.has(record.backupId)) return false;
          this.records.set(record.backupId, record);
          this.adopted(record);
          return true;
        },
        ofTso: async ({ clusterId }, backupTso) =>
          this.finished().find((record) => record.clusterId === clusterId && record.backupTso === backupTso),
        holdBase: async ({ backupId: baseId, backupTso }, backupId) => {
          const base = this.records.get(baseId);
          if (base?.status !== 'Finished' || base.backupTso !== backupTso) return false;
          this.records.set(baseId, { ...base, dependents: new Set([...(base.dependents ?? []), backupId]) });
          return true;
        },
      },
      retention: { backupsOf: async (clusterId) => this.finished().filter((record) => record.clusterId === clusterId) },
      workflows: {
        get: async () => ({
          ...{ workFlowId: 'import-1', flowName: 'ImportBackups', bizId: 'catalogue', executionArn: 'arn' },
          ...{ status: this.status as 'Processing', import: this.job, createTime: CREATED, updateTime: CREATED },
        }),
        setStatus: async (_, status) => {
          this.status = status;
          return true;
        },
        beginImport: async () => {
          this.job = { ...this.job, runs: (this.job.runs ?? 0) + 1 };
          return this.job;
        },
        recordImport: async (_, job) => {
          if (job.runs !== this.job.runs) return false;
          this.job = job;
          return true;
        },
      },
      lists: {
        write: async (_, page, entries) => {
          this.pages.set(page, structuredClone([...entries]));
        },
        read: async (_, page) => structuredClone(this.pages.get(page)),
      },
    };
  }

  finished(): FinishedBackup[] {
    return [...this.records.values()].filter((record) => record.status === 'Finished');
  }

  run() {
    return importBackups(INPUT, this.deps());
  }

  entries(): ImportEntry[] {
    return [...this.pages.values()].flat();
  }

  /** The only folder that was found. */
  reason(): string | undefined {
    const entries = this.entries();
    expect(entries).toHaveLength(1);
    return entries[0]?.reason;
  }
}

/** Another import of the same files and records. */
class Shared extends World {
  readonly #world: World;

  constructor(world: World) {
    super();
    this.#world = world;
  }

  override deps(): ImportBackupsDeps {
    const { files, backups, retention } = this.#world.deps();
    return { ...super.deps(), files, backups, retention };
  }
}

async function* inOnePart(bytes: Uint8Array) {
  yield bytes;
}

let world: World;
beforeEach(() => {
  world = new World();
});

const backup = (change: Partial<FinishedBackup> = {}): FinishedBackup =>
  aFinishedBackup({
    ...{ backupTso: tsoAt(10), tidbClusterId: '7', tidbVersion: 'v8.5.0' },
    location: {
      type: 's3',
      bucket: 'own-bucket',
      prefix: `backups/${change.clusterId ?? 'cluster-1'}/${change.backupId ?? 'backup-1'}`,
    },
    ...change,
  });

const incremental = (backupId: string, base: FinishedBackup, seconds: number, change: Partial<FinishedBackup> = {}) =>
  backup({
    ...{ backupId, backupType: 'incr', backupTso: tsoAt(seconds) },
    base: { backupId: base.backupId, backupTso: base.backupTso },
    ...change,
  });

describe('an import', () => {
  it('creates the record from the manifest, with its actual place', async () => {
    const record = backup({ backupMode: 'manual', verifiedAt: later(90), recoverySeconds: 9 });
    world.put(record);

    expect(await world.run()).toMatchObject({ isDone: true, imported: 1, present: 0, skipped: 0, pages: 1 });

    const imported = { workFlowId: 'import-1', time: new Date(NOW).toISOString() };
    const metaVersion = { eTag: '"found"', versionId: 'found' };
    expect(world.records.get('backup-1')).toEqual({ ...record, imported, metaVersion, updateTime: imported.time });
    expect(world.status).toBe('Finished');
  });

  it('never overwrites, whatever the record says', async () => {
    const there = {
      ...aBackup({ location: backup().location }),
      status: 'Failed',
      endTime: later(9),
      error: { code: 1, message: 'x' },
    } as const;
    world.records.set('backup-1', there);
    world.put(backup());

    expect(await world.run()).toMatchObject({ imported: 0, present: 1 });

    expect(world.records.get('backup-1')).toBe(there);
    expect(world.reads).toBe(0);
  });

  it('does not mistake the same backup in another place for the one with a record', async () => {
    world.put(backup());
    world.put(backup(), { base: `${OWN}/copy` });

    expect(await world.run()).toMatchObject({ imported: 1, skipped: 1 });

    expect(world.entries().map(({ path, result, reason }) => [path, result, reason])).toEqual([
      [`${OWN}/cluster-1/backup-1`, 'imported', undefined],
      [
        `${OWN}/copy/cluster-1/backup-1`,
        'skipped',
        `its id is that of the backup in ${OWN}/cluster-1/backup-1, which has a record`,
      ],
    ]);
  });

  it('only writes the list for a plan', async () => {
    world.job = { ...world.job, isPlan: true };
    const full = backup();
    world.put(full);
    world.put(incremental('backup-2', full, 20), { manifest: null });

    expect(await world.run()).toMatchObject({ isPlan: true, imported: 2, skipped: 0 });

    expect(world.records.size).toBe(0);
  });

  it('uses the attempt with a manifest', async () => {
    world.put(backup({ finishedAttempt: 1, attempts: 3 }));
    world.put(backup({ finishedAttempt: 3, attempts: 3 }), { manifest: null });

    await world.run();

    expect(world.finished()).toMatchObject([{ finishedAttempt: 1 }]);
  });
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
  ])('whose backupmeta is %s is skipped', async (_case, meta, reason) => {
    world.put(backup(), { manifest: null, meta });

    await world.run();

    expect(world.reason()).toContain(reason);
  });

  it('builds on the backup of its snapshot, in any order, and holds it', async () => {
    const full = backup({ backupId: 'z-full', scope: { databases: ['shop'] } });
    const first = incremental('b-first', full, 20);
    const second = incremental('a-second', first, 30);
    world.put(full);
    for (const each of [first, second]) world.put(each, { manifest: null });

    expect(await world.run()).toMatchObject({ imported: 3, skipped: 0 });

    expect(world.records.get('a-second')).toMatchObject({
      ...{ backupType: 'incr', scope: { databases: ['shop'] } },
      base: { backupId: 'b-first', backupTso: tsoAt(20) },
    });
    expect(world.records.get('b-first')).toMatchObject({ dependents: new Set(['a-second']) });
    expect(world.records.get('z-full')).toMatchObject({ dependents: new Set(['b-first']) });
  });

  it('is counted as BR wrote it, even beside a manifest of an earlier import', async () => {
    world.job = { ...world.job, request: { path: 'other-bucket/br' } };
    const meta = backupMetaBytes({ backupTso: tsoAt(10), clusterId: '7' });
    world.files.set('s3://other-bucket/br/backupmeta', meta);
    world.files.set('s3://other-bucket/br/1/a.sst', new Uint8Array(10));
    world.files.set(`s3://other-bucket/br/${MANIFEST}`, Buffer.from('{}'));

    await world.run();

    expect(world.finished()).toMatchObject([{ fileCount: 2, sizeBytes: '10', metaVersion: { eTag: '"found"' } }]);
  });

  it('is skipped while its base is missing', async () => {
    world.put(incremental('backup-2', backup(), 20), { manifest: null });

    expect(await world.run()).toMatchObject({ imported: 0, skipped: 1 });

    expect(world.reason()).toContain(`its base, the backup with TSO ${tsoAt(10)}, is missing`);
  });
});

describe('a chain', () => {
  it('is held from its creation, whatever happens to the import', async () => {
    const full = backup({ backupId: 'a-full' });
    world.put(full);
    world.put(incremental('b-incr', full, 20));
    world.records.set('a-full', full);
    world.adopted = () => {
      world.timeIsUp.abort();
    };

    await world.run();

    expect(world.records.get('a-full')).toMatchObject({ dependents: new Set(['b-incr']) });
  });

  it('is held together even if its links are imported separately', async () => {
    const full = backup({ backupId: 'full' });
    world.put(incremental('incr', full, 20));
    await world.run();
    world.put(full);
    world.job = { request: {}, isPlan: false, runs: 0 };
    world.status = 'Processing';

    await world.run();

    expect(world.records.get('full')).toMatchObject({ dependents: new Set(['incr']) });
  });
});

describe('a manifest in a foreign bucket', () => {
  const elsewhere = (change: Partial<FinishedBackup>) => {
    world.job = { ...world.job, request: { path: 'other-bucket/backups' } };
    world.put(backup(change), { base: 's3://other-bucket/backups' });
  };

  it('never makes a backup count as tested or removable by a rule', async () => {
    const evidence = { result: 'passed', time: later(80), workFlowId: 'drill-1', tables: 1, rows: '1' } as const;
    elsewhere({
      ...{ backupMode: 'auto', verifiedAt: later(90), recoverySeconds: 9, fileCount: 2 },
      evidence: { ...evidence, mismatches: [], assertions: [] },
    });

    await world.run();

    const [record] = world.finished();
    expect(record).toMatchObject({ backupMode: 'manual', fileCount: 2 });
    for (const claim of ['verifiedAt', 'recoverySeconds', 'evidence']) expect(record).not.toHaveProperty(claim);
    expect(record?.expireAt).toBeUndefined();
  });

  it("does not decide which backupmeta is the right one, unlike in the deployment's bucket", async () => {
    const metaVersion = { eTag: '"written"', versionId: 'written' };
    elsewhere({ metaVersion });
    await world.run();
    expect(world.finished()).toMatchObject([{ metaVersion: { eTag: '"found"' } }]);

    world = new World();
    world.put(backup({ metaVersion }));
    await world.run();
    expect(world.finished()).toMatchObject([{ metaVersion }]);
  });
});

describe('a manifest', () => {
  const altered = (change: object) =>
    JSON.stringify({ schemaVersion: 1, backup: { ...JSON.parse(manifestOf(backup())).backup, ...change } });
  const farAway = later(100 * 365 * 24 * 3_600);

  it.each<[string, string, string]>([
    ['is not JSON', '{', 'not JSON'],
    ['is too large', `"${'x'.repeat(256 * 1_024)}"`, 'larger than 256 KiB'],
    ['is of a later release', '{"schemaVersion":2}', 'schemaVersion 2'],
    ['lacks what a record needs', '{"schemaVersion":1,"backup":{}}', 'not valid'],
    ['has keys such as __proto__', '{"schemaVersion":1,"__proto__":{"backup":{}},"constructor":{}}', 'not valid'],
    ['is another folder’s', altered({ backupId: 'backup-2' }), 'another folder'],
    ['has a path as an id', altered({ backupId: '../../other' }), 'not valid'],
    ['is another cluster’s', altered({ clusterId: 'cluster-2' }), 'another folder'],
    ['is another attempt’s', altered({ finishedAttempt: 2, attempts: 2 }), 'another folder'],
    ['names another snapshot', altered({ backupTso: tsoAt(11) }), 'different snapshots'],
    ['names another TiDB', altered({ tidbClusterId: '8' }), 'different TiDB clusters'],
    ['names a base of a full backup', altered({ base: { backupId: 'b', backupTso: '1' } }), 'suitable base'],
    ['ends in the future', altered({ endTime: farAway }), 'impossible times'],
    ['ends before it starts', altered({ endTime: CREATED }), 'impossible times'],
    ['has an infinite number of attempts', altered({ attempts: 1e300 }), 'impossible numbers'],
    ['has a negative number of files', altered({ fileCount: -1 }), 'impossible numbers'],
    ['has a size that is not a number', altered({ sizeBytes: '1e9' }), 'not valid'],
  ])('that %s is listed and skipped', async (_case, manifest, reason) => {
    world.put(backup(), { manifest });

    expect(await world.run()).toMatchObject({ imported: 0, skipped: 1 });

    expect(world.reason()).toContain(reason);
    expect(world.records.size).toBe(0);
  });

  it('never says where the files are, or which keys read them', async () => {
    const location = {
      type: 's3',
      bucket: 'victim',
      prefix: 'everything',
      credentials: { accessKeySecretArn: 'arn:stolen' },
    };
    world.put(backup(), { manifest: altered({ location, restoredBy: ['x'], dependents: ['y'], status: 'Deleting' }) });

    await world.run();

    expect(world.records.get('backup-1')).toEqual({
      ...backup(),
      imported: expect.anything(),
      metaVersion: expect.anything(),
      updateTime: expect.anything(),
    });
  });

  it('cannot have its backup deleted soon: a past or near expiry is moved', async () => {
    world.put(backup({ expireAt: later(99) }));

    await world.run();

    const moved = new Date(NOW + 7 * 24 * 3_600_000).toISOString();
    expect(world.records.get('backup-1')).toMatchObject({ expireAt: moved });
    expect(world.reason()).toBe(`its expiry was moved from ${later(99)} to ${moved}`);
  });

  it("cannot have its automatic backup deleted soon either, by its cluster's rule", async () => {
    world.put(backup({ backupMode: 'auto' }));
    world.put(backup({ backupId: 'backup-2', backupMode: 'auto', expireAt: '2999-01-01T00:00:00.000Z' }));

    await world.run();

    const expireAt = new Date(NOW + 7 * 24 * 3_600_000).toISOString();
    expect(world.finished().map((record) => record.expireAt)).toEqual([expireAt, expireAt]);
  });

  it('does not decide how long its backup is locked: the store does', async () => {
    world.put(backup({ lockedUntil: farAway }));
    world.put(backup({ backupId: 'backup-2' }));
    world.locks.set(`${OWN}/cluster-1/backup-2/attempt-1`, farAway);

    await world.run();

    expect(world.records.get('backup-1')).not.toHaveProperty('lockedUntil', farAway);
    expect(world.records.get('backup-2')).toHaveProperty('lockedUntil', farAway);
  });
});

describe('an import that dies', () => {
  const ids = Array.from({ length: 250 }, (_, index) => `backup-${String(index).padStart(4, '0')}`);

  it('continues after its last page, and counts what it has done once', async () => {
    for (const backupId of ids) world.put(backup({ backupId }));
    let written = 0;
    world.adopted = () => {
      written += 1;
      if (written === 150) throw new Error('died');
    };
    await expect(world.run()).rejects.toThrow('died');
    expect(world.job).toMatchObject({ pages: 1, counts: { imported: 100 } });
    const readBefore = world.reads;

    expect(await world.run()).toMatchObject({ isDone: true, imported: 250, present: 0, pages: 3 });

    expect(world.finished()).toHaveLength(250);
    // Of the 150 left, those without a record by now.
    expect(world.reads - readBefore).toBeLessThanOrEqual(2 * 150);
  });

  it('leaves the rest to the next run when its time is up', async () => {
    for (const backupId of ids) world.put(backup({ backupId }));
    world.timeIsUp.abort();
    const results = [await world.run(), await world.run(), await world.run()];
    world.timeIsUp = new AbortController();

    expect(results.map(({ isDone, imported }) => [isDone, imported])).toEqual([
      [false, 100],
      [false, 200],
      [false, 250],
    ]);
    expect(await world.run()).toMatchObject({ isDone: true, imported: 250 });
  });

  it('continues after folders that are no backups, and unresolvable entries', async () => {
    for (let index = 0; index < 2_500; index += 1) {
      world.files.set(`${OWN}/aside/${index}/letters.txt`, new Uint8Array(1));
    }
    for (const [index, backupId] of ids.slice(0, 5).entries()) {
      world.put(incremental(backupId, backup({ backupId: 'lost' }), 20 + index), { manifest: null });
    }
    world.timeIsUp.abort();
    const cursors: unknown[] = [];
    let result = await world.run();
    while (!result.isDone) {
      const { cursor, linked } = world.job;
      const at = `${cursor} ${linked}`;
      expect(cursors).not.toContain(at);
      cursors.push(at);
      expect(cursors.length).toBeLessThan(300);
      result = await world.run();
    }

    expect(result).toMatchObject({ isDone: true, imported: 0, skipped: 5 });
    expect(cursors.length).toBeGreaterThanOrEqual(6);
  });

  it.each(['before', 'after'] as const)('that dies %s any of its calls does the rest in its next run', async (when) => {
    const filled = () => {
      world = new World();
      const full = backup({ backupId: 'z-full' });
      const first = incremental('b-first', full, 20);
      world.put(full);
      world.put(first, { manifest: null });
      world.put(incremental('a-second', first, 30), { manifest: null });
      const { files, backups, workflows, lists, retention, config, formerPlaces, ...rest } = world.deps();
      return { rest, ports: { files, backups, workflows, lists, retention, config, formerPlaces } };
    };
    const whole = filled();
    const counted = dying(whole.ports, Number.POSITIVE_INFINITY, when);
    await importBackups(INPUT, { ...whole.rest, ...counted.ports });
    expect(counted.calls()).toBeGreaterThan(30);

    for (let call = 0; call < counted.calls(); call += 1) {
      const { rest, ports } = filled();
      await importBackups(INPUT, { ...rest, ...dying(ports, call, when).ports }).catch(() => undefined);

      expect(await world.run(), `call ${call}`).toMatchObject({ isDone: true, imported: 3, present: 0, skipped: 0 });
      expect(world.status).toBe('Finished');
      expect(world.records.get('b-first'), `call ${call}`).toMatchObject({ dependents: new Set(['a-second']) });
      expect(world.records.get('z-full'), `call ${call}`).toMatchObject({ dependents: new Set(['b-first']) });
    }
  });

  it('is joined by another of the same place: each backup is imported once', async () => {
    for (const backupId of ids) world.put(backup({ backupId }));
    const other = { ...INPUT, workFlowId: 'import-2', backupId: 'import-2' };
    const both = await Promise.all([world.run(), importBackups(other, new Shared(world).deps())]);

    expect(both.map(({ isDone }) => isDone)).toEqual([true, true]);
    const imported = both.reduce((sum, result) => sum + result.imported, 0);
    expect(imported).toBe(250);
    expect(both.every((result) => result.imported + result.present === 250)).toBe(true);
    expect(world.finished()).toHaveLength(250);
  });

  it('does nothing more when another run has taken over', async () => {
    for (const backupId of ids) world.put(backup({ backupId }));
    world.adopted = () => {
      world.job = { ...world.job, runs: 9 };
    };

    await expect(world.run()).rejects.toMatchObject({ name: 'OperationSuperseded' });
  });

  it('returns the same answer again', async () => {
    world.put(backup());
    const first = await world.run();

    expect(await world.run()).toEqual(first);
  });
});
