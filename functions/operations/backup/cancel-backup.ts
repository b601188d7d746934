import type { BackupRecord } from '../../domain/backup/backup-record.ts';
import type { BackupStore } from '../../domain/backup/backup-store.ts';
import { type Clock, timestamp } from '../../domain/shared/clock.ts';
import type { ServiceError } from '../../domain/shared/errors.ts';
import type { Attempt } from '../../domain/shared/request-attempt.ts';
import { recordInvalid, recordNotFound } from '../shared/record-refusals.ts';
import { wrapErrors } from '../shared/wrap-errors.ts';

export interface CancelBackupDeps {
  backups: Pick<BackupStore, 'get' | 'requestCancel'>;
  attempt: Attempt;
  clock: Pick<Clock, 'now'>;
}

/**
 * CancelBackup of the design document: asks the node that holds the connection to kill its own statement. Once this
 * returns, the backup cannot finish; it ends as `Canceled` within seconds.
 * @throws ServiceError 20610 it has ended; 20611; 20612 the cluster has no such record
 */
export async function cancelBackup(request: { clusterId: string; backupId: string }, deps: CancelBackupDeps) {
  await wrapErrors('TIEM_BACKUP_RECORD_CANCEL_FAILED', requestCancel(request, deps));
}

async function requestCancel(
  { clusterId, backupId }: { clusterId: string; backupId: string },
  { backups, attempt, clock }: CancelBackupDeps,
): Promise<void> {
  if (await backups.requestCancel(backupId, { clusterId, at: timestamp(clock) })) return;
  // Only a rejected request pays for a second call, which finds the reason.
  const record = await backups.get(backupId);
  // An earlier try, which was cut off, requested it, and the backup has been canceled since.
  if (attempt.isRepeated && record?.clusterId === clusterId && record.status === 'Canceled') return;
  throw whyNotCancellable({ clusterId, backupId }, record);
}

/** @throws ServiceError 20610 it has ended; 20612 the cluster has no such record */
export async function cancellableBackup(
  wanted: { clusterId: string; backupId: string },
  backups: Pick<BackupStore, 'get'>,
): Promise<void> {
  const record = await backups.get(wanted.backupId);
  const isRunning = record?.status === 'Initializing' || record?.status === 'Processing';
  if (record?.clusterId !== wanted.clusterId || !isRunning) throw whyNotCancellable(wanted, record);
}

function whyNotCancellable(
  wanted: { clusterId: string; backupId: string },
  record: BackupRecord | undefined,
): ServiceError {
  if (record?.clusterId !== wanted.clusterId) return recordNotFound(wanted.backupId);
  return recordInvalid(record, 'only a backup that is Initializing or Processing can be canceled');
}
