import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { FinishedBackup, ProcessingBackup } from '../../../../functions/domain/backup/backup-record.ts';
import { NodeFailure } from '../../../../functions/domain/workflow/node-failure.ts';
import { fullInstead, holdBase } from '../../../../functions/workflow/backup/base-of-backup.ts';
import { aBackup, CREATED } from '../../../support/records.ts';

const BASE = { backupId: 'full', backupTso: '1' };
const INCREMENTAL: ProcessingBackup = {
  ...aBackup({ attempts: 2, backupType: 'incr', base: BASE, fallbackToFull: true }),
  ...{ status: 'Processing', startTime: CREATED, progress: 0 },
};
const FULL: FinishedBackup = {
  ...aBackup({ backupId: 'full' }),
  ...{ status: 'Finished', startTime: CREATED, endTime: CREATED, backupTso: '1', sizeBytes: '1', finishedAttempt: 1 },
  dependents: new Set(['backup-1']),
};
const UNFIT = new NodeFailure('BaseUnfit', 'a table was dropped');

beforeEach(() => {
  vi.spyOn(console, 'warn').mockReturnValue();
});

describe('an incremental backup', () => {
  it('is not sent without a hold on its base', async () => {
    const held: unknown[] = [];
    const backups = { holdBase: async (...hold: unknown[]) => held.push(hold) < 2 };

    await holdBase(INCREMENTAL, backups);
    await expect(holdBase(INCREMENTAL, backups)).rejects.toMatchObject({ name: 'BaseGone' });
    await holdBase({ backupId: 'full', base: undefined }, backups);

    expect(held).toEqual([
      [BASE, 'backup-1'],
      [BASE, 'backup-1'],
    ]);
  });

  const prepare = () => {
    const [became, released] = [[] as object[], [] as unknown[]];
    const { base: _, ...rest } = INCREMENTAL;
    const deps = {
      clock: { now: () => Date.parse(CREATED) },
      backups: {
        get: async (id: string) => (id === 'full' ? FULL : undefined),
        holdBase: async () => true,
        releaseBase: async (...release: unknown[]) => released.push(release) > 0,
        becomeFull: async (_id: string, change: object) => {
          became.push(change);
          return { ...rest, backupType: 'full' } as ProcessingBackup;
        },
      },
    };
    return { became, released, deps };
  };

  it('becomes a full one if its base is unfit, says why, and releases the base', async () => {
    const { became, released, deps } = prepare();

    expect(await fullInstead(UNFIT, INCREMENTAL, deps)).toMatchObject({ backupType: 'full' });

    expect(became).toEqual([{ attempt: 2, because: 'BaseUnfit: a table was dropped', at: CREATED }]);
    expect(released).toHaveLength(1);
  });

  it.each<[string, Error, ProcessingBackup]>([
    ['its strategy does not ask for that', UNFIT, { ...INCREMENTAL, fallbackToFull: undefined }],
    ['it fails for another reason', new NodeFailure('BackupFailed', 'no space'), INCREMENTAL],
    ['the error is not a failure of the node', new Error('a bug'), INCREMENTAL],
  ])('stays incremental if %s', async (_, error, record) => {
    const { became, deps } = prepare();

    await expect(fullInstead(error, record, deps)).rejects.toBe(error);
    expect(became).toEqual([]);
  });
});
