import { releaseBaseHold } from '../../domain/backup/backup-chain.ts';
import type { BackupStore } from '../../domain/backup/backup-store.ts';
import { type Clock, timestamp } from '../../domain/shared/clock.ts';
import { TOO_LATE } from '../../domain/strategy/begin-in-time.ts';
import { type MissWindowDeps, missWindow } from '../../domain/strategy/miss-window.ts';
import { type EndOperationDeps, endOperation } from '../../domain/workflow/end-operation.ts';
import { type CaughtError, recordError } from '../../domain/workflow/node-failure.ts';
import type { OperationInput } from '../../domain/workflow/workflow.ts';

export interface EndUnstartedDeps extends EndOperationDeps, MissWindowDeps {
  clusters: EndOperationDeps['clusters'] & MissWindowDeps['clusters'];
  backups: Pick<BackupStore, 'get' | 'fail' | 'cancel' | 'releaseBase'>;
  clock: Pick<Clock, 'now'>;
}

/**
 * Ends a backup whose first node never ran: nothing runs in TiDB and there are no files, so this needs only writes, and
 * no function that Lambda might refuse to invoke as well. Idempotent.
 * @returns false if it has begun, and nothing was done
 */
export async function endUnstarted(
  input: OperationInput,
  reason: CaughtError,
  deps: EndUnstartedDeps,
): Promise<boolean> {
  const { backups, clock } = deps;
  const { backupId } = input;
  const end = { unlessStarted: true, at: timestamp(clock) };
  const isTooLate = reason.Error === TOO_LATE;
  const hasEnded = isTooLate
    ? await backups.fail(backupId, { error: recordError(reason), ...end })
    : await backups.cancel(backupId, end);
  if (!hasEnded) return false;
  const record = await backups.get(backupId);
  if (record !== undefined) await releaseBaseHold(record, backups);
  if (isTooLate) await missWindow(input, reason.Cause, deps);
  await endOperation(input, 'BackupCluster', isTooLate ? 'Error' : 'Canceled', deps);
  return true;
}
