import type { BackupRecord } from '../../domain/backup/backup-record.ts';
import { quoteInput, quoteSome, ServiceError } from '../../domain/shared/errors.ts';

export function recordNotFound(backupId: string): ServiceError {
  return new ServiceError('TIEM_BACKUP_RECORD_NOT_FOUND', `there is no backup record ${quoteInput(backupId)}`);
}

/** What a request says about its backup besides the id. Empty counts as unset. */
export interface SaidOfBackup {
  clusterId?: string | undefined;
  backupMode?: string | undefined;
}

/** @throws ServiceError 10001 the backup belongs to another cluster, or has another mode */
export function refuseOtherBackup(said: SaidOfBackup, { clusterId, backupMode }: BackupRecord): void {
  for (const [field, value, actual] of [
    ['clusterId', said.clusterId, clusterId],
    ['backupMode', said.backupMode, backupMode],
  ]) {
    if (value && value !== actual) {
      throw new ServiceError('TIEM_PARAMETER_INVALID', `${field}: must match the backup, or be omitted`);
    }
  }
}

/**
 * The record's state makes the request impossible.
 * @param right what would be right, after "it is …; "
 */
export function recordInvalid({ status }: Pick<BackupRecord, 'status'>, right: string, name = 'it'): ServiceError {
  return new ServiceError('TIEM_BACKUP_RECORD_INVALID', `${name} is ${status}; ${right}`);
}

/**
 * Why a record cannot be deleted now, judged by the record alone; `undefined` if it can.
 * @param name of the backup in the message
 */
export function whyNotDeletable(record: BackupRecord, name = 'it'): ServiceError | undefined {
  return unlessEnded(record, name) ?? inUse(record, name);
}

/** Why a record in this state can never be deleted. */
export function unlessEnded(record: BackupRecord, name = 'it'): ServiceError | undefined {
  const runs = record.status === 'Initializing' || record.status === 'Processing';
  return runs ? recordInvalid(record, 'cancel it, or wait for its end', name) : undefined;
}

/** Why an ended record cannot be deleted for now. */
function inUse(record: BackupRecord, name = 'it'): ServiceError | undefined {
  // The same condition as in `DeletionStore.begin`.
  const isRead = record.status === 'Finished' && record.restoredBy !== undefined;
  return isRead ? recordInvalid(record, 'a restore is reading it; wait for its end', name) : undefined;
}

/** A record cannot be deleted because of its dependents. */
export function recordHasDependents(record: BackupRecord, dependents: readonly string[]): ServiceError {
  const right = `incremental backups build on it: ${quoteSome(dependents)}; delete these first, or all with force=true`;
  return recordInvalid(record, right);
}
