import { type BackupMode, type DeletingBackup, deletionId } from '../../domain/backup/backup-record.ts';
import type { BackupStore } from '../../domain/backup/backup-store.ts';
import type { DeletionStore } from '../../domain/backup/deletion-store.ts';
import { quoteSome, ServiceError } from '../../domain/shared/errors.ts';
import type { WorkflowExecutions } from '../../domain/workflow/workflow-executions.ts';
import { inParallel } from '../shared/in-parallel.ts';
import { recordNotFound, refuseOtherBackup, type SaidOfBackup } from '../shared/record-refusals.ts';
import { wrapErrors } from '../shared/wrap-errors.ts';
import {
  type DeleteWithDependentsDeps,
  deleteAfterDependents,
  deleteWithDependents,
} from './delete-with-dependents.ts';
import { type StartDeletionDeps, startDeletion } from './start-deletion.ts';

export interface DeleteBackupRecordDeps extends DeleteWithDependentsDeps {
  executions: Pick<WorkflowExecutions, 'start' | 'arnOf' | 'exists'>;
}

export interface WantedDeletion extends SaidOfBackup {
  backupId: string;
  /** What builds upon it is deleted too. */
  force?: boolean | undefined;
}

export interface DeletionAnswer {
  /** Until when the files are known to be locked, so that the workflow waits; absent: they are not. */
  lockedUntil?: string;
  /** With `force`: all that is deleted, in the order in which it goes. */
  deletedBackupIds?: string[];
}

/**
 * Deletes a record and its files: marks it, and starts the workflow that does the rest. Deleting again is a success, while it
 * is being deleted (if its execution has died, it goes on) and for 90 days afterwards. What fails here is not taken back: files may be gone.
 * @throws ServiceError 10001; 20603, 20610 it has not ended, is being restored, or others build upon it; 20612, 40103
 */
export async function deleteBackupRecord(
  { backupId, force = false, ...said }: WantedDeletion,
  deps: DeleteBackupRecordDeps,
): Promise<DeletionAnswer> {
  if (said.clusterId || said.backupMode) {
    // Neither of a record ever changes.
    const known = await wrapErrors('TIEM_BACKUP_RECORD_DELETE_FAILED', deps.backups.get(backupId));
    if (known !== undefined) refuseOtherBackup(said, known);
  }
  const record = await startDeletion(backupId, deps);
  if (record !== undefined) return answer(record, [backupId], force, deps);
  // Only the refused request pays for further calls.
  const there = await wrapErrors('TIEM_BACKUP_RECORD_DELETE_FAILED', deps.backups.get(backupId));
  if (there === undefined) {
    if (await wrapErrors('TIEM_BACKUP_RECORD_DELETE_FAILED', wasDeleted(backupId, deps.executions))) return {};
    throw recordNotFound(backupId);
  }
  const { deleted, deletedBackupIds } = await deleteWithDependents(there, force, deps);
  return answer(deleted, deletedBackupIds, force, deps);
}

function answer(
  { lockedUntil }: DeletingBackup,
  deletedBackupIds: string[],
  force: boolean,
  { clock }: Pick<StartDeletionDeps, 'clock'>,
): DeletionAnswer {
  const isLocked = lockedUntil !== undefined && Date.parse(lockedUntil) > clock.now();
  return { ...(isLocked && { lockedUntil }), ...(force && { deletedBackupIds }) };
}

/** The execution of a deletion outlives its record by 90 days. */
export async function wasDeleted(
  backupId: string,
  executions: Pick<WorkflowExecutions, 'arnOf' | 'exists'>,
): Promise<boolean> {
  return await executions.exists(executions.arnOf('DeleteBackup', deletionId({ backupId, deletions: 1 })));
}

export interface DeleteBackupRecordsDeps extends DeleteWithDependentsDeps {
  deletions: Pick<DeletionStore, 'backupsOf' | 'begin' | 'beginAgain'>;
}

/** Which records of a cluster to delete. */
export interface DeletionCondition {
  clusterId: string;
  /** Undefined: whatever their mode. */
  backupMode?: BackupMode | undefined;
  /** Absent: none. */
  excludedIds?: readonly string[] | undefined;
}

/** Enough to hide the network's latency, and far below what DynamoDB or Step Functions would throttle. */
const CONCURRENCY = 8;

/**
 * DeleteBackupRecords of the design document. Skips what cannot be deleted now (running, being restored), the excluded,
 * and what either of them builds upon.
 * @throws ServiceError 10001 it excludes what is no backup of the cluster; 20603 some could not be deleted, the others are: asking again goes on
 */
export async function deleteBackupRecords(condition: DeletionCondition, deps: DeleteBackupRecordsDeps): Promise<void> {
  const { clusterId, backupMode, excludedIds = [] } = condition;
  const all = await wrapErrors('TIEM_BACKUP_RECORD_DELETE_FAILED', deps.deletions.backupsOf(clusterId, backupMode));
  await wrapErrors('TIEM_BACKUP_RECORD_DELETE_FAILED', refuseUnknownExclusions(condition, all, deps));
  const wanted = all.filter((backupId) => !excludedIds.includes(backupId));
  const failures: unknown[] = [];
  const refused = new Set<string>();
  await inParallel(wanted, CONCURRENCY, async (backupId) => {
    try {
      if ((await startDeletion(backupId, deps)) === undefined) refused.add(backupId);
    } catch (error) {
      failures.push(error);
    }
  });
  // Bases among them, whose dependents are being deleted by now. The newest first: a base is older than what builds upon it.
  for (const backupId of wanted.filter((id) => refused.has(id))) {
    await deleteAfterDependents(backupId, deps).catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) {
    throw new ServiceError('TIEM_BACKUP_RECORD_DELETE_FAILED', `${failures.length} of them; ask again to go on`, {
      cause: new AggregateError(failures),
    });
  }
}

/**
 * A mistyped id would exclude nothing, and the backup it was meant for would go. An id that the list lacks costs one read: its backup
 * may be of the other mode, or too new for the index.
 * @throws ServiceError 10001
 */
export async function refuseUnknownExclusions(
  { clusterId, excludedIds = [] }: DeletionCondition,
  listed: readonly string[],
  { backups }: { backups: Pick<BackupStore, 'get'> },
): Promise<void> {
  const unlisted = [...new Set(excludedIds)].filter((backupId) => !listed.includes(backupId));
  const unknown: string[] = [];
  await inParallel(unlisted, CONCURRENCY, async (backupId) => {
    if ((await backups.get(backupId))?.clusterId !== clusterId) unknown.push(backupId);
  });
  if (unknown.length === 0) return;
  const detail = `excludeBackupId: no backup of this cluster has the id ${quoteSome(unknown)}`;
  throw new ServiceError('TIEM_PARAMETER_INVALID', detail);
}
