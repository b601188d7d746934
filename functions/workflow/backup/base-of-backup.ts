import { releaseBaseHold } from '../../domain/backup/backup-chain.ts';
import type { ProcessingBackup } from '../../domain/backup/backup-record.ts';
import type { BackupStore } from '../../domain/backup/backup-store.ts';
import { type Clock, timestamp } from '../../domain/shared/clock.ts';
import { failureMeans } from '../../domain/workflow/failure-table.ts';
import { NodeFailure } from '../../domain/workflow/node-failure.ts';
import { log } from '../../log.ts';
import { current } from './current-attempt.ts';

export type BaseOfBackupDeps = Pick<BackupStore, 'get' | 'holdBase' | 'releaseBase' | 'becomeFull'>;

/**
 * The start already held the base, but the hold may have been released since: no BACKUP is sent without it.
 * @throws NodeFailure BaseGone
 */
export async function holdBase(
  { backupId, base }: Pick<ProcessingBackup, 'backupId' | 'base'>,
  backups: Pick<BackupStore, 'holdBase'>,
): Promise<void> {
  if (base === undefined || (await backups.holdBase(base, backupId))) return;
  throw new NodeFailure('BaseGone', `the base backup ${base.backupId} no longer exists; take a full backup`);
}

/**
 * Turns the backup into a full one, in the path of its next attempt, if its strategy allows it.
 * @throws the error that ended the incremental one otherwise; NodeFailure OperationSuperseded, BackupCanceled
 */
export async function fullInstead(
  error: unknown,
  record: ProcessingBackup,
  { backups, clock }: { backups: BaseOfBackupDeps; clock: Pick<Clock, 'now'> },
): Promise<ProcessingBackup> {
  if (!record.fallbackToFull || !(error instanceof NodeFailure && failureMeans(error.name, 'wantsFull'))) throw error;
  const { backupId, attempts: attempt } = record;
  log.warn({ message: 'a full backup is taken instead of an incremental one', backupId, error });
  const full = current(
    await backups.becomeFull(backupId, { attempt, because: `${error.name}: ${error.message}`, at: timestamp(clock) }),
  );
  await releaseBaseHold(record, backups);
  return full;
}
