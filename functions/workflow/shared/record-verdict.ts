import type { BackupStore } from '../../domain/backup/backup-store.ts';
import type { Evidence } from '../../domain/backup/verification.ts';
import { type Clock, timestamp } from '../../domain/shared/clock.ts';
import { failureMeans } from '../../domain/workflow/failure-table.ts';
import { type CaughtError, recordError } from '../../domain/workflow/node-failure.ts';
import type { OperationInput } from '../../domain/workflow/workflow.ts';

type Failed = Pick<OperationInput, 'workFlowId' | 'backupId'>;

/**
 * Keeps, as evidence against the backup, that a restore or a drill has failed for its sake. What the node `verifyRestore` has found says
 * more, and stays.
 * @returns false: the failure says nothing of the backup
 */
export async function recordRefuted(
  { workFlowId, backupId }: Failed,
  error: CaughtError,
  { backups, clock }: { backups: Pick<BackupStore, 'recordDrill'>; clock: Pick<Clock, 'now'> },
): Promise<boolean> {
  if (!failureMeans(error.Error, 'refutesBackup')) return false;
  const at = timestamp(clock);
  const evidence: Evidence = {
    ...{ workFlowId, time: at, reason: recordError(error).message, failure: error.Error },
    ...{ result: 'failed', tables: 0, rows: '0', mismatches: [], assertions: [] },
  };
  await backups.recordDrill(backupId, { evidence, verdict: 'refuted', unlessNoted: true, at });
  return true;
}

/** Keeps why a drill failed: as evidence against the backup, if it is; else beside what is known of it. */
export async function recordDrillWithoutVerdict(
  input: Failed,
  error: CaughtError,
  deps: { backups: Pick<BackupStore, 'recordDrill' | 'recordDrillFailure'>; clock: Pick<Clock, 'now'> },
): Promise<void> {
  if (await recordRefuted(input, error, deps)) return;
  const at = timestamp(deps.clock);
  const failure = { workFlowId: input.workFlowId, time: at, reason: recordError(error).message };
  await deps.backups.recordDrillFailure(input.backupId, { failure, at });
}
