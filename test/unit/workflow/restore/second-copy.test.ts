import { describe, expect, it } from 'vitest';
import type { FinishedBackup } from '../../../../functions/domain/backup/backup-record.ts';
import { displayPath, type StorageLocation } from '../../../../functions/domain/storage/storage-location.ts';
import { NodeFailure } from '../../../../functions/domain/workflow/node-failure.ts';
import { linksOf } from '../../../../functions/workflow/restore/look-before-restore.ts';
import { blameCopy } from '../../../../functions/workflow/restore/restore-from-src-cluster.ts';
import { aBackup, CREATED, later } from '../../../support/records.ts';

const RECORD: FinishedBackup = {
  ...aBackup(),
  location: {
    ...{ type: 's3', bucket: 'backups', prefix: 'tidb/cluster-1/backup-1', storageClass: 'STANDARD_IA' },
    copy: { bucket: 'backups-copy', region: 'eu-west-1' },
  },
  ...{ status: 'Finished', startTime: CREATED, endTime: later(60), backupTso: '1', sizeBytes: '1' },
  ...{ attempts: 2, finishedAttempt: 2, copiedAt: later(90) },
};

/** An empty place. */
function emptyStore() {
  const asked: StorageLocation[] = [];
  const files = {
    read: async (location: StorageLocation) => void asked.push(location),
    isEmpty: async () => true,
  };
  return { asked, files };
}

describe('the links of a chain', () => {
  it('are read in the bucket and region of the copy', async () => {
    const { asked, files } = emptyStore();

    await expect(linksOf([RECORD], files, 'copy')).rejects.toThrow('no file is in s3://backups-copy/');
    expect(asked).toEqual([
      { type: 's3', bucket: 'backups-copy', region: 'eu-west-1', prefix: 'tidb/cluster-1/backup-1/attempt-2' },
    ]);
  });

  it.each([undefined, 'original'] as const)('are read where they were written (%s)', async (source) => {
    const { asked, files } = emptyStore();

    await expect(linksOf([RECORD], files, source)).rejects.toHaveProperty('name', 'BackupNotRestorable');
    expect(asked.map(displayPath)).toEqual(['s3://backups/tidb/cluster-1/backup-1/attempt-2']);
  });

  it('are not read from an incomplete copy', async () => {
    const { copiedAt: _, ...uncopied } = RECORD;
    const { asked, files } = emptyStore();

    await expect(linksOf([RECORD, uncopied], files, 'copy')).rejects.toThrow();
    await expect(linksOf([uncopied], files, 'copy')).rejects.toMatchObject({
      name: 'CopyNotRestorable',
      message: 'the second copy of the backup backup-1 is not complete yet',
    });
    expect(asked).toHaveLength(1);
  });
});

describe('damage of a copy', () => {
  const failure = new NodeFailure('BackupNotRestorable', 'a file is missing');

  it('is no evidence against the backup', () => {
    expect(() => blameCopy({ source: 'copy' })(failure)).toThrow(
      expect.objectContaining({ name: 'CopyNotRestorable', message: 'of the second copy: a file is missing' }),
    );
  });

  it('is that of the backup if its own files were read, and all else stays unchanged', () => {
    const other = new NodeFailure('TablesInTheWay', 'shop.orders');

    expect(() => blameCopy({})(failure)).toThrow(failure);
    expect(() => blameCopy({ source: 'copy' })(other)).toThrow(other);
  });
});
