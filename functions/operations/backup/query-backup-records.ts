import type { BackupRecord } from '../../domain/backup/backup-record.ts';
import type { BackupFilter, BackupStore } from '../../domain/backup/backup-store.ts';
import type { Page, PageRequest } from '../../domain/shared/page.ts';
import { wrapErrors } from '../shared/wrap-errors.ts';

export interface QueryBackupRecordsDeps {
  backups: Pick<BackupStore, 'list'>;
}

/**
 * QueryClusterBackupRecords of the design document: newest first.
 * @throws ServiceError 20604
 */
export async function queryBackupRecords(
  filter: BackupFilter,
  page: PageRequest,
  { backups }: QueryBackupRecordsDeps,
): Promise<Page<BackupRecord>> {
  return await wrapErrors('TIEM_BACKUP_RECORD_QUERY_FAILED', backups.list(filter, page));
}
