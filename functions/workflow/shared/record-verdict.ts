import type { BackupStore } from '../../domain/backup/backup-store.ts';
import type { Evidence } from '../../domain/backup/verification.ts';
import { type Clock, timestamp } from '../../domain/shared/clock.ts';
import { failureMeans, type NodeFailureName } from '../../domain/workflow/failure-table.ts';
import { type CaughtError, recordError } from '../../domain/workflow/node-failure.ts';
import type { OperationInput } from '../../domain/workflow/workflow.ts';

interface VerdictDeps {
  backups: Pick<BackupStore, 'get' | 'recordDrill' | 'lookForCopyAgain'>;
  clock: Pick<Clock, 'now'>;
}

const COPY_DAMAGED: NodeFailureName = 'CopyNotRestorable';

type Failed = Pick<OperationInput, 'workFlowId' | 'backupId'>;

/**
 * Stores a failed restore or drill as evidence against the backup, if the failure is. The findings of the node
 * `verifyRestore` are more detailed, and stay.
 * @returns false if the failure says nothing about the backup
 */
export async function recordRefuted(
  { workFlowId, backupId }: Failed,
  error: CaughtError,
  { backups, clock }: VerdictDeps,
): Promise<boolean> {
  if (error.Error === COPY_DAMAGED) await distrustCopies(backupId, { backups, clock });
  if (!failureMeans(error.Error, 'refutesBackup')) return false;
  const at = timestamp(clock);
  const evidence: Evidence = {
    ...{ workFlowId, time: at, reason: recordError(error).message, failure: error.Error },
    ...{ result: 'failed', tables: 0, rows: '0', mismatches: [], assertions: [] },
  };
  await backups.recordDrill(backupId, { evidence, verdict: 'refuted', unlessRecorded: true, at });
  return true;
}

/** The failure does not tell code which link of the chain it was, so the sweep checks all of them again. */
async function distrustCopies(backupId: string, { backups, clock }: VerdictDeps): Promise<void> {
  for (let id: string | undefined = backupId; id !== undefined; id = (await backups.get(id))?.base?.backupId) {
    await backups.lookForCopyAgain(id, timestamp(clock));
  }
}

/** Stores why a drill failed: as evidence against the backup, if it is; otherwise beside the existing evidence. */
export async function recordDrillWithoutVerdict(
  input: Failed,
  error: CaughtError,
  deps: VerdictDeps & { backups: Pick<BackupStore, 'recordDrillFailure'> },
): Promise<void> {
  if (await recordRefuted(input, error, deps)) return;
  const at = timestamp(deps.clock);
  const failure = { workFlowId: input.workFlowId, time: at, reason: recordError(error).message };
  await deps.backups.recordDrillFailure(input.backupId, { failure, at });
}
