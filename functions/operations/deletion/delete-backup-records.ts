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
  /** Also deletes its dependents. */
  force?: boolean | undefined;
}

export interface DeletionAnswer {
  /** Until when the files are known to be locked, so that the workflow waits; unset if they are not. */
  lockedUntil?: string;
  /** With `force`: everything that is deleted, in order. */
  deletedBackupIds?: string[];
}

/**
 * Deletes a record and its files: marks it, and starts the workflow that does the rest. Repeating it succeeds while the
 * deletion runs (resuming it if its execution has crashed), and for 90 days afterwards. A failure is not rolled back,
 * because files may be deleted already.
 * @throws ServiceError 10001; 20603, 20610 it has not ended, is being restored, or has dependents; 20612, 40103
 */
export async function deleteBackupRecord(
  { backupId, force = false, ...said }: WantedDeletion,
  deps: DeleteBackupRecordDeps,
): Promise<DeletionAnswer> {
  if (said.clusterId || said.backupMode) {
    // Neither of these ever changes in a record.
    const known = await wrapErrors('TIEM_BACKUP_RECORD_DELETE_FAILED', deps.backups.get(backupId));
    if (known !== undefined) refuseOtherBackup(said, known);
  }
  const record = await startDeletion(backupId, deps);
  if (record !== undefined) return answer(record, [backupId], force, deps);
  // Only a rejected request pays for further calls.
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

/** A deletion's execution outlives the record by 90 days. */
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
  /** Defaults to either mode. */
  backupMode?: BackupMode | undefined;
  /** Absent: none. */
  excludedIds?: readonly string[] | undefined;
}

/** Enough to hide the network's latency, and far below the throttling limits of DynamoDB and Step Functions. */
const CONCURRENCY = 8;

/**
 * DeleteBackupRecords of the design document. Skips backups that cannot be deleted now (running, being restored), the
 * excluded ones, and the bases of both.
 * @throws ServiceError 10001 it excludes something that is no backup of the cluster; 20603 some could not be deleted; a
 * retry continues with those
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
  // These include bases whose dependents are being deleted by now. Newest first, because a base is older than its
  // dependents.
  for (const backupId of wanted.filter((id) => refused.has(id))) {
    await deleteAfterDependents(backupId, deps).catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) {
    throw new ServiceError(
      'TIEM_BACKUP_RECORD_DELETE_FAILED',
      `${failures.length} backups could not be deleted; repeat the request to continue`,
      {
        cause: new AggregateError(failures),
      },
    );
  }
}

/**
 * A mistyped id would exclude nothing, and the backup that was meant would be deleted. An id missing from the list
 * costs one read: it may be of the other mode, or too new for the index.
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
