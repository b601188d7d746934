import type { BackupRecord } from '../domain/backup-record.ts';
import { quoteInput, ServiceError } from '../domain/errors.ts';

export function recordNotFound(backupId: string): ServiceError {
  return new ServiceError('TIEM_BACKUP_RECORD_NOT_FOUND', `there is no backup record ${quoteInput(backupId)}`);
}

/** The record's state makes the request impossible. @param right what would be right, after "it is …; " */
export function recordInvalid({ status }: Pick<BackupRecord, 'status'>, right: string): ServiceError {
  return new ServiceError('TIEM_BACKUP_RECORD_INVALID', `it is ${status}; ${right}`);
}
