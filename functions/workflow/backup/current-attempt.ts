import type { ProcessingBackup } from '../../domain/backup/backup-record.ts';
import { NodeFailure } from '../../domain/workflow/node-failure.ts';

/**
 * The record, for this attempt to continue with.
 * @throws NodeFailure OperationSuperseded, BackupCanceled
 */
export function current(record: ProcessingBackup | undefined): ProcessingBackup {
  if (record === undefined) {
    throw new NodeFailure('OperationSuperseded', 'the backup has ended, or another attempt has taken it over');
  }
  if (record.cancelRequested) throw new NodeFailure('BackupCanceled', 'a user canceled the backup');
  return record;
}
