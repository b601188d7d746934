import { describe, expect, it, vi } from 'vitest';
import type { BackupRecord, FinishedBackup } from '../../../../functions/domain/backup/backup-record.ts';
import { MAX_MANIFEST_BYTES, manifest, manifestOf } from '../../../../functions/domain/backup/manifest.ts';
import type { BackupChange } from '../../../../functions/domain/events/record-change.ts';
import { displayPath } from '../../../../functions/domain/storage/storage-location.ts';
import { NodeFailure } from '../../../../functions/domain/workflow/node-failure.ts';
import { type WriteManifestsDeps, writeManifests } from '../../../../functions/operations/backup/write-manifests.ts';
import { aFinishedBackup, later } from '../../../support/records.ts';

const PATH = 's3://backups/tidb/cluster-1/backup-1/attempt-1/tidb-backup-manifest.json';

function prepare({ records = [aFinishedBackup()] as BackupRecord[], now = Date.parse(later(100)) } = {}) {
  vi.spyOn(console, 'error').mockImplementation(() => {});
  const written = new Map<string, { text: string; lockedUntil: string | undefined }>();
  const removed: string[] = [];
  const noted: [string, string | undefined][] = [];
  const deps: WriteManifestsDeps = {
    backups: {
      get: async (id) => records.find(({ backupId }) => backupId === id),
      recordManifest: async (id, at) => {
        noted.push([id, at]);
        return records.find(({ backupId }) => backupId === id)?.status === 'Finished';
      },
    },
    files: {
      write: async (location, name, text, lock) => {
        written.set(`${displayPath(location)}/${name}`, { text, lockedUntil: lock?.lockedUntil });
      },
      remove: async (location, name) => {
        written.delete(`${displayPath(location)}/${name}`);
        removed.push(`${displayPath(location)}/${name}`);
      },
    },
    clock: { now: () => now },
  };
  return { deps, written, removed, records, noted };
}

const change = (before: BackupRecord | undefined, after: BackupRecord | undefined): BackupChange => ({
  ...{ changeId: 'a', sequence: '1', time: later(60) },
  before,
  after,
});

describe('the manifests', () => {
  it('are written beside backupmeta once a backup has finished', async () => {
    const { deps, written } = prepare();

    await writeManifests([change(undefined, aFinishedBackup())], deps);

    const { text = '' } = written.get(PATH) ?? {};
    expect(manifest.parse(JSON.parse(text))).toMatchObject({
      schemaVersion: 1,
      backup: { backupId: 'backup-1', clusterId: 'cluster-1', finishedAttempt: 1, backupTso: '449' },
    });
  });

  it.each<[string, Partial<FinishedBackup>]>([
    ['a drill has verified the backup', { verifiedAt: later(90), recoverySeconds: 30 }],
    ['its expiry has changed', { expireAt: later(9_000) }],
    ['its lock has changed', { lockedUntil: later(9_000) }],
  ])('are written again once %s', async (_case, news) => {
    const after = aFinishedBackup(news);
    const { deps, written } = prepare({ records: [after] });

    await writeManifests([change(aFinishedBackup(), after)], deps);

    expect(written.get(PATH)?.text).toBe(manifestOf(after));
  });

  it('are recorded, and are written once a sweep has requested missing ones', async () => {
    const asked = aFinishedBackup({ manifestWanted: later(90) });
    const { deps, written, noted } = prepare({ records: [asked] });

    await writeManifests([change(aFinishedBackup(), asked)], deps);
    await writeManifests([change(asked, { ...asked, manifestAt: later(100) })], deps);

    expect(written.size).toBe(1);
    expect(noted).toEqual([['backup-1', later(100)]]);
  });

  it('that cannot be written are requested again', async () => {
    const { deps, noted } = prepare();
    deps.files.write = async () => Promise.reject(new Error('SlowDown'));

    await expect(writeManifests([change(undefined, aFinishedBackup())], deps)).rejects.toThrow('SlowDown');

    expect(noted).toEqual([['backup-1', undefined]]);
  });

  it('stay unchanged when a restore holds the backup, or another builds on it', async () => {
    const { deps, written } = prepare();
    const held = aFinishedBackup({ restoredBy: new Set(['r']), dependents: new Set(['b']), dependentsAdded: 1 });

    await writeManifests(
      [
        change(aFinishedBackup(), held),
        change(undefined, { ...held, status: 'Deleting', deleteTime: later(1), deletions: 1 }),
      ],
      deps,
    );

    expect(written.size).toBe(0);
  });

  it('contain the record as it is by now, not as it was at the change', async () => {
    const news = aFinishedBackup({ verifiedAt: later(90) });
    const { deps, written } = prepare({ records: [news] });

    await writeManifests([change(undefined, aFinishedBackup())], deps);

    expect(written.get(PATH)?.text).toBe(manifestOf(news));
  });

  it('are not recreated for a deleted backup', async () => {
    const { deps, written, records, removed } = prepare();
    const { write } = deps.files;
    deps.files.write = async (...args) => {
      // The deletion proves its folder empty, and removes the record, just before.
      records.length = 0;
      await write(...args);
    };

    await writeManifests([change(undefined, aFinishedBackup())], deps);
    await writeManifests([change(undefined, aFinishedBackup())], deps);

    expect([...written.keys()]).toEqual([]);
    expect(removed).toEqual([PATH, PATH]);
  });

  it.each([
    ['for as long as its backup', later(9_000), later(9_000)],
    ['for the shortest time once its lock has ended', later(50), later(102)],
  ])('are locked %s', async (_case, lockedUntil, expected) => {
    const record = aFinishedBackup({ lockedUntil });
    const { deps, written } = prepare({ records: [record] });

    await writeManifests([change(undefined, record)], deps);

    expect(written.get(PATH)?.lockedUntil).toBe(expected);
  });

  it('are all tried even if one fails, which is redelivered', async () => {
    const records = [aFinishedBackup({ backupId: 'lost' }), aFinishedBackup()];
    const { deps, written } = prepare({ records });
    const { write } = deps.files;
    deps.files.write = async (location, ...args) => {
      if (displayPath(location).includes('lost')) throw new Error('away');
      await write(location, ...args);
    };

    await expect(
      writeManifests(
        records.map((each) => change(undefined, each)),
        deps,
      ),
    ).rejects.toThrow('away');

    expect([...written.keys()]).toEqual([PATH]);
  });

  it('of a store that rejects its keys do not delay the others', async () => {
    const { deps } = prepare();
    deps.files.write = async () => {
      throw new NodeFailure('ConfigInvalid', 'refused');
    };

    await writeManifests([change(undefined, aFinishedBackup())], deps);
  });
});

describe('a manifest', () => {
  it('contains no secret, no holder of the backup, and no place', () => {
    const secret = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:key';
    const text = manifestOf(
      aFinishedBackup({
        location: {
          ...{ type: 's3', bucket: 'backups', prefix: 'tidb/cluster-1/backup-1', endpoint: 'https://store.example' },
          ...{
            storageClass: 'STANDARD_IA',
            credentials: { accessKeySecretArn: secret, secretAccessKeySecretArn: secret },
          },
        },
        restoredBy: new Set(['restore-1']),
        dependents: new Set(['backup-2']),
      }),
    );

    expect(text).not.toMatch(/secret|arn:|restore-1|backup-2|store\.example|"prefix"/);
    expect(JSON.parse(text)).toMatchObject({ backup: { storageTerms: { storageClass: 'STANDARD_IA' } } });
  });

  it('contains the rest of the record', () => {
    const { status, location, ...rest } = aFinishedBackup({ expireAt: later(5), lockedUntil: later(6) });

    expect(JSON.parse(manifestOf({ ...rest, status, location })).backup).toEqual({ ...rest, storageTerms: {} });
  });

  it('stays within 256 KiB, if need be without the findings of a drill', () => {
    const evidence: FinishedBackup['evidence'] = {
      ...{ workFlowId: 'drill-1', time: later(80), result: 'passed', tables: 1, rows: '1', mismatches: [] },
      assertions: Array.from({ length: 3_000 }, () => ({ assertion: 'SELECT 1'.padEnd(100), passed: true })),
    };

    const text = manifestOf(aFinishedBackup({ evidence, verifiedAt: later(80) }));

    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_MANIFEST_BYTES);
    expect(manifest.parse(JSON.parse(text)).backup).toMatchObject({ verifiedAt: later(80) });
  });
});
