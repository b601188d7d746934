import { beforeEach, describe, expect, it } from 'vitest';
import type { BackupRecord, FinishedBackup } from '../../../../functions/domain/backup/backup-record.ts';
import { FileRefused } from '../../../../functions/domain/storage/backup-files.ts';
import { importBackups } from '../../../../functions/workflow/import/import-backups.ts';
import { around, Death, dying } from '../../../support/dying.ts';
import {
  backup,
  ImportWorld,
  INPUT,
  incremental,
  NOW,
  OWN,
  SharedImportWorld,
  tsoAt,
} from '../../../support/import-world.ts';
import { aBackup, CREATED, later } from '../../../support/records.ts';

let world: ImportWorld;
beforeEach(() => {
  world = new ImportWorld();
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

  const failed = { ...aBackup(), endTime: later(9), error: { code: 1, message: 'x' } };
  it.each<[string, BackupRecord]>([
    ['Failed', { ...failed, status: 'Failed' }],
    ['Finished, of another snapshot', backup({ backupTso: tsoAt(99), backupMode: 'auto', expireAt: later(100) })],
    ['Deleting', { ...aBackup(), status: 'Deleting', deleteTime: later(99), deletions: 1 }],
  ])('never overwrites a record, even if it is %s', async (_case, record) => {
    const there = { ...record, location: backup().location };
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
      world = new ImportWorld();
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
    const both = await Promise.all([world.run(), importBackups(other, new SharedImportWorld(world).deps())]);

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

it('of a place that the service may not list ends, and says which rights are missing', async () => {
  world.job = { ...world.job, request: { path: 'other-bucket/br' } };
  const deps = world.deps();
  const folders = () => Promise.reject(new FileRefused('s3://other-bucket/br cannot be used: AccessDenied'));

  await expect(importBackups(INPUT, { ...deps, files: { ...deps.files, folders } })).rejects.toMatchObject({
    name: 'ConfigInvalid',
    message: expect.stringMatching(/AccessDenied\. Allow the service's roles s3:ListBucket in the bucket's policy/),
  });
});

describe('an import of 10,000 backups', () => {
  const CLUSTERS = 20;
  const CHAINS = 50;
  const LINKS = 10;

  /** Chains of a full backup and incremental ones, of many clusters. */
  function fill(): void {
    for (let index = 0; index < CLUSTERS * CHAINS; index += 1) {
      const clusterId = `cluster-${index % CLUSTERS}`;
      let base: FinishedBackup | undefined;
      for (let link = 0; link < LINKS; link += 1) {
        const backupId = `backup-${index}-${LINKS - link}`;
        const own = { clusterId, scope: { databases: ['shop'] } };
        const seconds = index * LINKS + link;
        base = base
          ? incremental(backupId, base, seconds, own)
          : backup({ backupId, backupTso: tsoAt(seconds), ...own });
        world.put({ ...base, createTime: CREATED, startTime: CREATED, endTime: later(seconds + 1) });
      }
    }
  }

  /** Counts the calls, and the rounds in which they are made: as many as there are calls one after the other. */
  function counted(dieAt = Number.POSITIVE_INFINITY) {
    const { files, backups, workflows, lists, retention, config, formerPlaces, ...rest } = world.deps();
    const ports = { files, backups, workflows, lists, retention, config, formerPlaces };
    const found = { calls: 0, rounds: 0 };
    let round: Promise<void> | undefined;
    const begin = () =>
      new Promise<void>((resolve) =>
        setImmediate(() => {
          found.rounds += 1;
          round = undefined;
          resolve();
        }),
      );
    const delayed = around(ports, async (call) => {
      found.calls += 1;
      if (found.calls >= dieAt) throw new Death();
      round ??= begin();
      await round;
      return await call();
    });
    return { deps: { ...rest, ...delayed }, found };
  }

  it('takes a few calls for each, and after a death imports only the rest', { timeout: 60_000 }, async () => {
    fill();
    const [first, second] = [counted(30_000), counted()];

    await expect(importBackups(INPUT, first.deps)).rejects.toThrow(Death);
    const half = world.finished().length;
    let rest = 0;
    world.adopted = () => {
      rest += 1;
    };
    const result = await importBackups(INPUT, second.deps);

    expect(result).toEqual({ isDone: true, isPlan: false, imported: 10_000, present: 0, skipped: 0, pages: 100 });
    expect(half).toBeGreaterThan(2_000);
    expect(rest).toBe(10_000 - half);
    expect(first.found.calls + second.found.calls).toBeLessThanOrEqual(7 * 10_000);
    // At 50 ms a round trip, about two minutes.
    expect(first.found.rounds + second.found.rounds).toBeLessThanOrEqual(2_500);
    const notHeld = world.finished().filter(({ backupId, dependents }) => {
      const isLast = backupId.endsWith('-1');
      return (dependents?.size ?? 0) !== (isLast ? 0 : 1);
    });
    expect(notHeld).toEqual([]);
  });
});
