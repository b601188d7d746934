import { describe, expect, it } from 'vitest';
import {
  attemptNumber,
  backupOfDeletion,
  deletionId,
  ownFolder,
} from '../../../../functions/domain/backup/backup-record.ts';
import type { StorageLocation } from '../../../../functions/domain/storage/storage-location.ts';
import { aBackup } from '../../../support/records.ts';

describe('the folder of a record', () => {
  const s3 = (prefix: string): StorageLocation => ({ type: 's3', bucket: 'backups', prefix });
  const folderOf = (location: StorageLocation) => ownFolder(aBackup({ location }));

  it('is its own, by the ids of its cluster and backup', () => {
    expect(folderOf(s3('tidb/cluster-1/backup-1'))).toEqual(s3('tidb/cluster-1/backup-1'));
    expect(folderOf(s3('cluster-1/backup-1'))).toEqual(s3('cluster-1/backup-1'));
    expect(folderOf({ type: 'nfs', path: '/nfs/cluster-1/backup-1' })).toBeDefined();
  });

  it.each([
    ['of another cluster', 'tidb/cluster-2/backup-1'],
    ['of another backup', 'tidb/cluster-1/backup-2'],
    ['of the whole cluster', 'tidb/cluster-1'],
    ['below it', 'tidb/cluster-1/backup-1/attempt-1'],
    ['with an empty segment', 'tidb//cluster-1/backup-1'],
    ['with a way out of it', '../cluster-1/backup-1'],
  ])('is never one %s', (_, prefix) => {
    expect(folderOf(s3(prefix))).toBeUndefined();
  });
});

describe('the number of an attempt', () => {
  it('is read only from the name of its folder', () => {
    expect([attemptNumber('attempt-1'), attemptNumber('attempt-12')]).toEqual([1, 12]);
    for (const foreign of ['attempt-1.old', 'my-attempt-1', 'attempt-', 'attempt-1234567890', 'Attempt-1']) {
      expect(attemptNumber(foreign), foreign).toBeUndefined();
    }
  });
});

describe('the workflow of a deletion', () => {
  it('names the backup', () => {
    expect(backupOfDeletion(deletionId({ backupId: 'backup-1', deletions: 12 }))).toBe('backup-1');
    expect(backupOfDeletion('backup-1')).toBeUndefined();
  });
});
