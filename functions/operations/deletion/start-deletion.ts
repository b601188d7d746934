import { type DeletingBackup, deletionId } from '../../domain/backup/backup-record.ts';
import type { DeletionStore } from '../../domain/backup/deletion-store.ts';
import { type Clock, timestamp } from '../../domain/shared/clock.ts';
import type { WorkflowExecutions } from '../../domain/workflow/workflow-executions.ts';
import { wrapErrors } from '../shared/wrap-errors.ts';

export interface StartDeletionDeps {
  deletions: Pick<DeletionStore, 'begin' | 'beginAgain'>;
  executions: Pick<WorkflowExecutions, 'start'>;
  clock: Pick<Clock, 'now'>;
}

/**
 * Marks a record, and starts the next execution of its deletion unless one is running.
 * @param dependentsSeen all dependents are being deleted, as of this `dependentsAdded` of the record
 * @param reason why it is deleted, if nobody asked for it
 * @returns the record; `undefined` if it no longer exists, has not ended, is being restored, or has dependents
 * @throws ServiceError 20603, 40103
 */
export async function startDeletion(
  backupId: string,
  deps: StartDeletionDeps,
  dependentsSeen?: number,
  reason?: string,
): Promise<DeletingBackup | undefined> {
  const begun = deps.deletions.begin(backupId, timestamp(deps.clock), dependentsSeen, reason);
  const record = await wrapErrors('TIEM_BACKUP_RECORD_DELETE_FAILED', begun);
  if (record !== undefined) await startExecution(record, deps);
  return record;
}

async function startExecution(record: DeletingBackup, deps: StartDeletionDeps): Promise<void> {
  const { deletions, executions, clock } = deps;
  const { backupId, clusterId } = record;
  const input = { workFlowId: deletionId(record), clusterId, backupId, maintenanceStatusChange: true };
  if (await wrapErrors('TIEM_WORKFLOW_START_FAILED', executions.start('DeleteBackup', input))) return;
  // The execution has ended, but the record existed a moment ago: it failed or crashed. The next one resumes.
  const seen = { deletions: record.deletions, at: timestamp(clock) };
  await wrapErrors('TIEM_BACKUP_RECORD_DELETE_FAILED', deletions.beginAgain(backupId, seen));
  // Whichever request created the next one, it must be started, unless the record has been removed.
  await startDeletion(backupId, deps);
}
