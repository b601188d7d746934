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
 * Its start has held the base already; whatever became of that hold since, a BACKUP that builds upon it is not sent without.
 * @throws NodeFailure BaseGone
 */
export async function holdBase(
  { backupId, base }: Pick<ProcessingBackup, 'backupId' | 'base'>,
  backups: Pick<BackupStore, 'holdBase'>,
): Promise<void> {
  if (base === undefined || (await backups.holdBase(base, backupId))) return;
  throw new NodeFailure(
    'BaseGone',
    `the backup ${base.backupId}, which this one was to build upon, is not there any more; take a full backup`,
  );
}

/**
 * The same backup as a full one, in the path of its next attempt, if that is what its strategy says.
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
