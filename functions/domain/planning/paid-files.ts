import type { BackupRecord } from '../backup/backup-record.ts';
import type { Clock } from '../shared/clock.ts';
import { classNow, isInBucket, isOnS3 } from '../storage/storage-location.ts';
import { costOf, usageOfDeletion } from './cost.ts';

/** The files of a backup as they are paid for now, with its second copy. Those of an unfinished one were not measured. */
export function paidFilesOf(record: BackupRecord, clock: Pick<Clock, 'now'>) {
  const { location, createTime } = record;
  return {
    sizeBytes: record.status === 'Finished' ? record.sizeBytes : '0',
    files: record.status === 'Finished' ? record.fileCount : undefined,
    isOnS3: isOnS3(location),
    storageClass: classNow(location, createTime, clock),
    ...(isInBucket(location) && { copy: location.copy, writtenTo: location.storageClass }),
  };
}

/** US dollars a month for the files of a backup: what its deletion would save. `undefined` if that is unknown. */
export function monthlyUsdOf(record: BackupRecord, clock: Pick<Clock, 'now'>): number | undefined {
  if (record.status !== 'Finished' || !isOnS3(record.location)) return undefined;
  return 0 - costOf(usageOfDeletion([paidFilesOf(record, clock)])).perMonthUsd;
}
