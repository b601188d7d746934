import type { FinishedBackup } from '../domain/backup-record.ts';
import type { BackupStore } from '../domain/stores.ts';
import { failingAs } from './failing-as.ts';
import { recordInvalid, recordNotFound } from './record-refusals.ts';

/**
 * The record of a backup that can be restored.
 * @throws ServiceError 20604, 20610, 20612
 */
export async function restorableBackup(backupId: string, backups: Pick<BackupStore, 'get'>): Promise<FinishedBackup> {
  const record = await failingAs('TIEM_BACKUP_RECORD_QUERY_FAILED', backups.get(backupId));
  if (record === undefined) throw recordNotFound(backupId);
  if (record.status !== 'Finished') throw recordInvalid(record, 'only a Finished backup can be restored');
  return record;
}
