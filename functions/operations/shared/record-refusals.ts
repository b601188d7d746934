import type { BackupRecord } from '../../domain/backup/backup-record.ts';
import { quoteInput, quoteSome, ServiceError } from '../../domain/shared/errors.ts';

export function recordNotFound(backupId: string): ServiceError {
  return new ServiceError('TIEM_BACKUP_RECORD_NOT_FOUND', `there is no backup record ${quoteInput(backupId)}`);
}

/** What a request says of the backup that it names, beside its id: empty or absent, nothing. */
export interface SaidOfBackup {
  clusterId?: string | undefined;
  backupMode?: string | undefined;
}

/** @throws ServiceError 10001 the backup is not of that cluster, or of that mode */
export function refuseOtherBackup(said: SaidOfBackup, { clusterId, backupMode }: BackupRecord): void {
  for (const [field, value, actual] of [
    ['clusterId', said.clusterId, clusterId],
    ['backupMode', said.backupMode, backupMode],
  ]) {
    if (value && value !== actual) {
      throw new ServiceError('TIEM_PARAMETER_INVALID', `${field}: must be that of the backup, or absent`);
    }
  }
}

/** The record's state makes the request impossible. @param right what would be right, after "it is …; " */
export function recordInvalid({ status }: Pick<BackupRecord, 'status'>, right: string, name = 'it'): ServiceError {
  return new ServiceError('TIEM_BACKUP_RECORD_INVALID', `${name} is ${status}; ${right}`);
}

/**
 * Why a record cannot be deleted, or must not be for the moment; undefined: nothing of it says so.
 * @param name how it is called in the message
 */
export function whyNotDeletable(record: BackupRecord, name = 'it'): ServiceError | undefined {
  return unlessEnded(record, name) ?? inUse(record, name);
}

/** Why a record cannot be deleted at all, as it is. */
export function unlessEnded(record: BackupRecord, name = 'it'): ServiceError | undefined {
  const runs = record.status === 'Initializing' || record.status === 'Processing';
  return runs ? recordInvalid(record, 'cancel it, or wait for its end', name) : undefined;
}

/** Why a record that has ended cannot be deleted for the moment. */
function inUse(record: BackupRecord, name = 'it'): ServiceError | undefined {
  // As the condition of `DeletionStore.begin` has it.
  const isRead = record.status === 'Finished' && record.restoredBy !== undefined;
  return isRead
    ? recordInvalid(record, 'a restore reads it; only a backup that is not in use can be deleted', name)
    : undefined;
}

/** Why a record is kept by those that build upon it. */
export function builtUpon(record: BackupRecord, dependents: readonly string[]): ServiceError {
  const right = `incremental backups build upon it: ${quoteSome(dependents)}; delete these first, or all with force=true`;
  return recordInvalid(record, right);
}
