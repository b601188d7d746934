import { beforeEach, describe, expect, it } from 'vitest';
import type { FinishedBackup } from '../../../../functions/domain/backup/backup-record.ts';
import { manifestOf } from '../../../../functions/domain/backup/manifest.ts';
import type { Evidence } from '../../../../functions/domain/backup/verification.ts';
import { backup, ImportWorld, incremental, NOW, OWN, tsoAt } from '../../../support/import-world.ts';
import { CREATED, later } from '../../../support/records.ts';

const EVIDENCE: Evidence = {
  ...{ workFlowId: 'drill-1', time: later(80), result: 'passed', tables: 1, rows: '1', mismatches: [], assertions: [] },
};
const FAILURE = { workFlowId: 'drill-1', time: later(80), reason: 'no answer' };
const CROSSED = 'its base is a backup of another cluster';

let world: ImportWorld;
beforeEach(() => {
  world = new ImportWorld();
});

describe('a manifest', () => {
  const altered = (change: object) =>
    JSON.stringify({ schemaVersion: 1, backup: { ...JSON.parse(manifestOf(backup())).backup, ...change } });
  const farAway = later(100 * 365 * 24 * 3_600);

  it.each<[string, string, string]>([
    ['is not JSON', '{', 'not JSON'],
    ['is too large', `"${'x'.repeat(256 * 1_024)}"`, 'larger than 256 KiB'],
    ['is of a later release', '{"schemaVersion":2}', 'schemaVersion 2'],
    ['is of no known release', '{"schemaVersion":0,"backup":{}}', 'not valid: "schemaVersion"'],
    ['says its release as text', '{"schemaVersion":"1","backup":{}}', 'not valid: "schemaVersion"'],
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
    ['was created in the future', altered({ createTime: farAway }), 'impossible times'],
    ['was verified in the future', altered({ verifiedAt: farAway }), 'impossible times'],
    ['was drilled in the future', altered({ evidence: { ...EVIDENCE, time: farAway } }), 'impossible times'],
    ['failed a drill in the future', altered({ lastFailure: { ...FAILURE, time: farAway } }), 'impossible times'],
    ['ends before it starts', altered({ endTime: CREATED }), 'impossible times'],
    ['has an infinite number of attempts', altered({ attempts: 1e300 }), 'impossible numbers'],
    ['has a negative number of files', altered({ fileCount: -1 }), 'impossible numbers'],
    ['has a size that is not a number', altered({ sizeBytes: '1e9' }), 'not valid'],
    ['names a cluster in Unicode', altered({ clusterId: 'klümp' }), 'not valid: "backup.clusterId"'],
  ])('that %s is listed and skipped', async (_case, manifest, reason) => {
    world.put(backup(), { manifest });

    expect(await world.run()).toMatchObject({ imported: 0, skipped: 1 });

    expect(world.reason()).toContain(reason);
    expect(world.records.size).toBe(0);
  });

  it.each([
    ['another cluster’s base', backup({ backupId: 'victim', clusterId: 'cluster-2', backupTso: tsoAt(5) })],
    ['a base of another cluster that the same import brings', undefined],
  ])('never keeps a backup from being deleted by naming %s', async (_case, there) => {
    const victim = backup({ backupId: 'victim', clusterId: 'cluster-2', backupTso: tsoAt(5) });
    if (there === undefined) world.put(victim);
    else world.records.set('victim', there);
    world.put(incremental('backup-1', victim, 10));

    await world.run();

    expect(world.records.get('victim')).not.toHaveProperty('dependents');
    const [entry] = world.entries().filter(({ backupId }) => backupId === 'backup-1');
    if (there !== undefined) expect(entry).toMatchObject({ result: 'skipped', reason: CROSSED });
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

describe('a manifest in a foreign bucket', () => {
  const elsewhere = (change: Partial<FinishedBackup>) => {
    world.job = { ...world.job, request: { path: 'other-bucket/backups' } };
    world.put(backup(change), { base: 's3://other-bucket/backups' });
  };

  it('never makes a backup count as tested or removable by a rule', async () => {
    elsewhere({
      ...{ backupMode: 'auto', verifiedAt: later(90), recoverySeconds: 9, fileCount: 2 },
      evidence: { ...EVIDENCE, mismatches: [], assertions: [] },
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

    world = new ImportWorld();
    world.put(backup({ metaVersion }));
    await world.run();
    expect(world.finished()).toMatchObject([{ metaVersion }]);
  });
});
