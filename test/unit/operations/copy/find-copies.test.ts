import { describe, expect, it } from 'vitest';
import type { BackupRecord } from '../../../../functions/domain/backup/backup-record.ts';
import type { Comparison } from '../../../../functions/domain/storage/second-copy.ts';
import { findCopies } from '../../../../functions/operations/copy/find-copies.ts';
import { aBackup, CREATED, later } from '../../../support/records.ts';

const HOUR = 3_600;
const COPY = { bucket: 'backups-copy', region: 'eu-west-1' };

function finished(backupId: string, change: object = {}): BackupRecord {
  const backup = aBackup({ backupId });
  return {
    ...backup,
    location: { type: 's3', bucket: 'backups', prefix: `tidb/cluster-1/${backupId}`, copy: COPY },
    ...{ status: 'Finished', startTime: CREATED, endTime: later(60), backupTso: '1', sizeBytes: '1' },
    ...{ attempts: 1, finishedAttempt: 1 },
    ...change,
  };
}

/** Backups that wait for their copies, and the result of checking each. */
class World {
  readonly records = new Map<string, BackupRecord>();
  readonly lookAt = new Map<string, string>();
  readonly found = new Map<string, Comparison | Error>();
  readonly looked: string[] = [];
  readonly copied = new Map<string, string>();
  readonly late: number[] = [];
  time = true;

  add(record: BackupRecord, found: Comparison | Error): void {
    this.records.set(record.backupId, record);
    this.lookAt.set(record.backupId, later(60));
    this.found.set(record.backupId, found);
  }

  sweep(at: string, lateHours = 24) {
    const now = Date.parse(at);
    return findCopies(now, {
      backups: {
        get: async (id) => this.records.get(id),
        uncopied: async () =>
          [...this.lookAt].map(([backupId, copyLookAt]) => ({ backupId, endTime: later(60), copyLookAt })),
        recordCopied: async (id, time) => {
          this.copied.set(id, time);
          return this.lookAt.delete(id);
        },
        awaitNoCopy: async (id) => void this.lookAt.delete(id),
        lookForCopyAt: async (id, time) => void this.lookAt.set(id, time),
      },
      copyBucket: COPY.bucket,
      copies: {
        compare: async (location) => {
          const id = (location.type === 's3' ? location.prefix : '').split('/').at(-1) ?? '';
          this.looked.push(id);
          const found = this.found.get(id);
          if (found instanceof Error) throw found;
          return found;
        },
      },
      metrics: { emit: (values) => void this.late.push(...Object.values<number>(values)) },
      lateHours,
      clock: { now: () => now },
      hasTime: () => this.time,
    });
  }
}

describe('the sweep for second copies', () => {
  it('records a copy only once every file is there', async () => {
    const world = new World();
    world.add(finished('whole', { fileCount: 3 }), { files: 4 });
    world.add(finished('partly', { fileCount: 3 }), {
      files: 2,
      missing: 'tidb/cluster-1/partly/attempt-1/backupmeta',
    });

    expect(await world.sweep(later(120))).toEqual({ awaited: 2, copied: 1, late: 0, failed: 0 });
    expect([...world.copied]).toEqual([['whole', later(120)]]);
  });

  it('records none for a folder with fewer files than the backup had', async () => {
    const world = new World();
    world.add(finished('emptied', { fileCount: 3 }), { files: 0 });

    expect(await world.sweep(later(120))).toMatchObject({ copied: 0 });
    expect(world.copied.size).toBe(0);
  });

  it('expects no copy in a bucket that the tenant file no longer names', async () => {
    const world = new World();
    const copy = { ...COPY, bucket: 'former-copy' };
    const location = { type: 's3', bucket: 'backups', prefix: 'tidb/cluster-1/former', copy };
    world.add(finished('former', { location }), new Error('AccessDenied'));

    expect(await world.sweep(later(48 * HOUR))).toEqual({ awaited: 1, copied: 0, late: 0, failed: 0 });
    expect([world.looked, [...world.lookAt]]).toEqual([[], []]);
  });

  it('counts the copy of an imported backup as late from the time of its import', async () => {
    const world = new World();
    const imported = { workFlowId: 'import-1', time: later(40 * HOUR) };
    world.add(finished('imported', { imported }), { files: 0, missing: 'a' });

    expect(await world.sweep(later(41 * HOUR))).toMatchObject({ late: 0 });
    expect(await world.sweep(later(65 * HOUR))).toMatchObject({ late: 1 });
  });

  it('checks less often the longer a copy takes', async () => {
    const world = new World();
    world.add(finished('slow'), { files: 0, missing: 'a' });
    const looks: number[] = [];
    for (let minute = 2; minute < 48 * 60; minute += 15) {
      const before = world.looked.length;
      await world.sweep(later(minute * 60));
      if (world.looked.length > before) looks.push(minute);
    }

    expect(looks.length).toBeLessThan(20);
    expect(looks.slice(0, 3)).toEqual([2, 17, 32]);
    const pauses = looks.slice(1).map((minute, at) => minute - Number(looks[at]));
    expect(Math.max(...pauses)).toBeLessThanOrEqual(6 * 60 + 15);
    expect(pauses).toEqual(pauses.toSorted((a, b) => a - b));
  });

  it('counts late copies in every sweep, even between two checks, until they arrive', async () => {
    const world = new World();
    world.add(finished('slow'), { files: 0, missing: 'a' });
    await world.sweep(later(24 * HOUR));
    await world.sweep(later(25 * HOUR));
    await world.sweep(later(25 * HOUR + 60));
    world.found.set('slow', { files: 1 });
    await world.sweep(later(40 * HOUR));
    await world.sweep(later(41 * HOUR));

    expect(world.late).toEqual([0, 1, 1, 0, 0]);
  });

  it('continues if one cannot be checked, and checks it again later', async () => {
    const world = new World();
    world.add(finished('refused'), new Error('AccessDenied'));
    world.add(finished('whole'), { files: 1 });

    expect(await world.sweep(later(120))).toMatchObject({ copied: 1, failed: 1 });
    expect(world.lookAt.get('refused')).toBe(later(120 + 900));
  });

  it('does not take an emptied folder for a copy, even if its files were never counted', async () => {
    const world = new World();
    world.add(finished('emptied'), { files: 0 });

    expect(await world.sweep(later(120))).toMatchObject({ copied: 0 });
  });

  it('leaves the rest to the next sweep when its time is up', async () => {
    const world = new World();
    world.add(finished('whole'), { files: 1 });
    world.time = false;

    expect(await world.sweep(later(120))).toMatchObject({ awaited: 1, copied: 0 });
    expect(world.looked).toEqual([]);
  });

  it('ignores backups that are being deleted or already copied', async () => {
    const world = new World();
    world.add(finished('copied', { copiedAt: later(90) }), { files: 1 });
    world.add({ ...aBackup({ backupId: 'gone' }) }, { files: 1 });
    world.records.delete('gone');

    await world.sweep(later(120));

    expect(world.looked).toEqual([]);
    expect(world.copied.size).toBe(0);
  });
});
