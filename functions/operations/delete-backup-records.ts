import { type BackupMode, type BackupRecord, type DeletingBackup, deletionId } from '../domain/backup-record.ts';
import { type Clock, timestamp } from '../domain/clock.ts';
import { ServiceError } from '../domain/errors.ts';
import type { BackupStore, DeletionStore } from '../domain/stores.ts';
import type { WorkflowExecutions } from '../domain/workflow-executions.ts';
import { failingAs } from './failing-as.ts';
import { inParallel } from './in-parallel.ts';
import { recordInvalid, recordNotFound } from './record-refusals.ts';

export interface StartDeletionDeps {
  deletions: Pick<DeletionStore, 'begin' | 'beginAgain'>;
  executions: Pick<WorkflowExecutions, 'start'>;
  clock: Pick<Clock, 'now'>;
}

export interface DeleteBackupRecordDeps extends StartDeletionDeps {
  backups: Pick<BackupStore, 'get'>;
  executions: Pick<WorkflowExecutions, 'start' | 'arnOf' | 'exists'>;
}

/**
 * Deletes a record and its files: marks it, and starts the workflow that does the rest. Deleting again is a success, while it
 * is being deleted (if its execution has died, it goes on) and for 90 days afterwards. What fails here is not taken back: files may be gone.
 * @returns until when the files are known to be locked, so that the workflow waits; nothing: they are not
 * @throws ServiceError 20603, 20610 it has not ended, or is being restored; 20612, 40103
 */
export async function deleteBackupRecord(
  backupId: string,
  deps: DeleteBackupRecordDeps,
): Promise<{ lockedUntil?: string }> {
  const record = await startDeletion(backupId, deps);
  if (record === undefined) {
    await failingAs('TIEM_BACKUP_RECORD_DELETE_FAILED', explainRefusal(backupId, deps));
    return {};
  }
  const { lockedUntil } = record;
  return lockedUntil !== undefined && Date.parse(lockedUntil) > deps.clock.now() ? { lockedUntil } : {};
}

/** Only the refused request pays for further calls. Returns if the record has been deleted already. */
async function explainRefusal(
  backupId: string,
  { backups, executions }: Pick<DeleteBackupRecordDeps, 'backups' | 'executions'>,
): Promise<void> {
  const record = await backups.get(backupId);
  if (record === undefined) {
    if (await wasDeleted(backupId, executions)) return;
    throw recordNotFound(backupId);
  }
  throw unlessEnded(record) ?? inUse(record);
}

/** Why a record cannot be deleted at all, as it is. */
export function unlessEnded(record: BackupRecord): ServiceError | undefined {
  const runs = record.status === 'Initializing' || record.status === 'Processing';
  return runs ? recordInvalid(record, 'cancel it, or wait for its end') : undefined;
}

/** Why a record that has ended cannot be deleted for the moment. */
export function inUse(record: BackupRecord): ServiceError {
  return recordInvalid(record, 'a restore reads it; only a backup that is not in use can be deleted');
}

/** The execution of a deletion outlives its record by 90 days. */
export async function wasDeleted(
  backupId: string,
  executions: Pick<WorkflowExecutions, 'arnOf' | 'exists'>,
): Promise<boolean> {
  return await executions.exists(executions.arnOf('DeleteBackup', deletionId({ backupId, deletions: 1 })));
}

export interface DeleteBackupRecordsDeps extends StartDeletionDeps {
  deletions: Pick<DeletionStore, 'backupsOf' | 'begin' | 'beginAgain'>;
}

/** Which records of a cluster to delete. */
export interface DeletionCondition {
  clusterId: string;
  /** Undefined: whatever their mode. */
  backupMode?: BackupMode | undefined;
  excludeBackupId?: string | undefined;
}

/** Enough to hide the network's latency, and far below what DynamoDB or Step Functions would throttle. */
const AT_ONCE = 8;

/**
 * DeleteBackupRecords of the design document. Skips what cannot be deleted now (running, being restored) and the excluded.
 * @throws ServiceError 20603 some could not be deleted, the others are: asking again goes on
 */
export async function deleteBackupRecords(condition: DeletionCondition, deps: DeleteBackupRecordsDeps): Promise<void> {
  const { clusterId, backupMode, excludeBackupId } = condition;
  const all = await failingAs('TIEM_BACKUP_RECORD_DELETE_FAILED', deps.deletions.backupsOf(clusterId, backupMode));
  const wanted = all.filter((backupId) => backupId !== excludeBackupId);
  const failures: unknown[] = [];
  await inParallel(wanted, AT_ONCE, async (backupId) => {
    await startDeletion(backupId, deps).catch((error: unknown) => failures.push(error));
  });
  if (failures.length > 0) {
    throw new ServiceError('TIEM_BACKUP_RECORD_DELETE_FAILED', `${failures.length} of them; ask again to go on`, {
      cause: new AggregateError(failures),
    });
  }
}

/**
 * Marks a record, and starts the next execution of its deletion unless one runs.
 * @returns the record; undefined: it is gone, has not ended or is being restored
 * @throws ServiceError 20603, 40103
 */
export async function startDeletion(backupId: string, deps: StartDeletionDeps): Promise<DeletingBackup | undefined> {
  const begun = deps.deletions.begin(backupId, timestamp(deps.clock));
  const record = await failingAs('TIEM_BACKUP_RECORD_DELETE_FAILED', begun);
  if (record !== undefined) await startExecution(record, deps);
  return record;
}

async function startExecution(record: DeletingBackup, deps: StartDeletionDeps): Promise<void> {
  const { deletions, executions, clock } = deps;
  const { backupId, clusterId } = record;
  const input = { workFlowId: deletionId(record), clusterId, backupId, maintenanceStatusChange: true };
  if (await failingAs('TIEM_WORKFLOW_START_FAILED', executions.start('DeleteBackup', input))) return;
  // It has ended, and the record was there a moment ago: it failed or died. The next one goes on where it stopped.
  const seen = { deletions: record.deletions, at: timestamp(clock) };
  await failingAs('TIEM_BACKUP_RECORD_DELETE_FAILED', deletions.beginAgain(backupId, seen));
  // Whether ours was the request that made the next one, or another's: it is to be started, unless the record has gone.
  await startDeletion(backupId, deps);
}
