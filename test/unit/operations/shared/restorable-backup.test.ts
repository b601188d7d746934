import { describe, expect, it } from 'vitest';
import type { FinishedBackup } from '../../../../functions/domain/backup/backup-record.ts';
import { restorableBackup } from '../../../../functions/operations/shared/restorable-backup.ts';
import { aBackup, CREATED, later } from '../../../support/records.ts';

const COPY = { bucket: 'backups-copy', region: 'eu-west-1' };

function finished(backupId: string, change: Partial<FinishedBackup> = {}): FinishedBackup {
  return {
    ...aBackup({ backupId }),
    location: { type: 's3', bucket: 'backups', prefix: `tidb/cluster-1/${backupId}`, copy: COPY },
    ...{ status: 'Finished', startTime: CREATED, endTime: later(60), backupTso: '1', sizeBytes: '1' },
    ...{ attempts: 1, finishedAttempt: 1, copiedAt: later(90) },
    ...change,
  };
}

describe('a restore from the second copy', () => {
  const full = finished('full');
  const link = finished('link', { backupType: 'incr', backupTso: '2', base: { backupId: 'full', backupTso: '1' } });
  const restorable = (records: FinishedBackup[], wanted: object = { source: 'copy' }) =>
    restorableBackup(
      { backupId: 'link', ...wanted },
      { get: async (id) => records.find(({ backupId }) => backupId === id) },
    );

  it('accepts a chain whose links are all copied', async () => {
    expect(await restorable([full, link])).toEqual([full, link]);
  });

  it('is refused if one link is not copied, and names it', async () => {
    const { copiedAt: _, ...uncopied } = full;

    await expect(restorable([uncopied, link])).rejects.toMatchObject({
      name: 'TIEM_BACKUP_RECORD_INVALID',
      message: expect.stringContaining('the second copy of the backup full is not complete yet'),
    });
    expect(await restorable([uncopied, link], {})).toHaveLength(2);
    expect(await restorable([uncopied, link], { source: 'original' })).toHaveLength(2);
  });

  it('is refused for a backup from before there was a copy', async () => {
    const early = { ...full, location: { type: 's3', bucket: 'backups', prefix: 'tidb/cluster-1/full' } as const };

    await expect(restorable([early, link])).rejects.toThrow('the backup full has no second copy');
  });
});
