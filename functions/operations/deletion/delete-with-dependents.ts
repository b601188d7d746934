import { livingDependents } from '../../domain/backup/backup-chain.ts';
import type { BackupRecord, DeletingBackup } from '../../domain/backup/backup-record.ts';
import type { BackupStore } from '../../domain/backup/backup-store.ts';
import { withLivingRestores } from '../../domain/backup/restore-holds.ts';
import { ServiceError } from '../../domain/shared/errors.ts';
import type { WorkflowStore } from '../../domain/workflow/workflow-store.ts';
import { recordHasDependents, whyNotDeletable } from '../shared/record-refusals.ts';
import { wrapErrors } from '../shared/wrap-errors.ts';
import { type StartDeletionDeps, startDeletion } from './start-deletion.ts';

export interface DeleteWithDependentsDeps extends StartDeletionDeps {
  backups: Pick<BackupStore, 'get' | 'releaseBase' | 'releaseFromRestore'>;
  workflows: Pick<WorkflowStore, 'get'>;
}

/**
 * Deletes a backup whose deletion was refused, if the obstacles have vanished or are deleted with it: the end of the
 * chain first, so that a crash in between leaves no backup without its base.
 * @returns its record, and the ids in that order
 * @throws ServiceError 20603, 20610 which names the obstacle; 40103
 */
export async function deleteWithDependents(
  record: BackupRecord,
  force: boolean,
  deps: DeleteWithDependentsDeps,
): Promise<{ deleted: DeletingBackup; deletedBackupIds: string[] }> {
  const { order, refusal } = await lookAtFamily(record, force, {
    dependentsOf: (each) => livingDependents(each, deps.backups),
    withoutStaleHolds: (each) => withoutStaleHolds(each, deps),
  });
  // All are checked before the first is deleted.
  if (refusal !== undefined) throw refusal;
  let deleted: DeletingBackup | undefined;
  for (const each of order) {
    deleted = await deleteOne(each, deps);
    if (deleted === undefined) throw changed();
  }
  if (deleted === undefined) throw changed();
  return { deleted, deletedBackupIds: order.map((each) => each.backupId) };
}

/** A backup and its existing dependents, direct and indirect. */
interface Family {
  /** From the end of the chain to the backup itself. */
  order: BackupRecord[];
  /** Its dependents that are not being deleted yet. */
  needed: BackupRecord[];
  /** The obstacle to the deletion; `undefined` if there is none. */
  refusal: ServiceError | undefined;
}

/** How to look up what blocks a deletion. */
interface FamilyLook {
  /** The direct dependents. */
  dependentsOf: (record: BackupRecord) => Promise<BackupRecord[]>;
  /** The record without holds of restores that have ended. */
  withoutStaleHolds: (record: BackupRecord) => Promise<BackupRecord>;
}

/** @throws ServiceError 20603 */
export async function lookAtFamily(record: BackupRecord, force: boolean, look: FamilyLook): Promise<Family> {
  const [order, itself] = await wrapErrors('TIEM_BACKUP_RECORD_DELETE_FAILED', lookAtAll());
  const needed = order.filter((each) => each !== itself && each.status !== 'Deleting');
  return { order, needed, refusal: whyKept(itself, needed, force) };

  async function lookAtAll(): Promise<[BackupRecord[], BackupRecord]> {
    const found = await look.withoutStaleHolds(record);
    return [await leavesFirst(found, look), found];
  }
}

/** @param record as returned by `withoutStaleHolds` */
async function leavesFirst(record: BackupRecord, look: FamilyLook): Promise<BackupRecord[]> {
  const order: BackupRecord[] = [];
  for (const dependent of await look.dependentsOf(record)) {
    order.push(...(await leavesFirst(await look.withoutStaleHolds(dependent), look)));
  }
  return [...order, record];
}

/** Also releases holds of crashed restores, like `livingDependents`. */
export async function withoutStaleHolds<Backup extends { backupId: string; restoredBy?: Set<string> | undefined }>(
  backup: Backup,
  { backups, workflows }: Pick<DeleteWithDependentsDeps, 'backups' | 'workflows'>,
): Promise<Backup> {
  return await withLivingRestores(backup, workflows, (workFlowId) =>
    backups.releaseFromRestore(backup.backupId, workFlowId),
  );
}

function whyKept(record: BackupRecord, needed: readonly BackupRecord[], force: boolean): ServiceError | undefined {
  const itself = whyNotDeletable(record);
  if (itself !== undefined) return itself;
  if (!force && needed.length > 0)
    return recordHasDependents(
      record,
      needed.map(({ backupId }) => backupId),
    );
  const refusals = needed.map((each) => whyNotDeletable(each, `the dependent backup ${each.backupId}`));
  return refusals.find((refusal) => refusal !== undefined);
}

/**
 * Deletes a backup if all its dependents are being deleted already.
 * @param reason why it is deleted, if nobody asked for it
 * @returns false if it is kept
 * @throws ServiceError 20603, 40103
 */
export async function deleteAfterDependents(
  backupId: string,
  deps: DeleteWithDependentsDeps,
  reason?: string,
): Promise<boolean> {
  const record = await wrapErrors('TIEM_BACKUP_RECORD_DELETE_FAILED', deps.backups.get(backupId));
  if (record?.status !== 'Finished') return false;
  await wrapErrors('TIEM_BACKUP_RECORD_DELETE_FAILED', withoutStaleHolds(record, deps));
  const dependents = await wrapErrors('TIEM_BACKUP_RECORD_DELETE_FAILED', livingDependents(record, deps.backups));
  if (dependents.some(({ status }) => status !== 'Deleting')) return false;
  return (await startDeletion(backupId, deps, record.dependentsAdded, reason)) !== undefined;
}

/**
 * The number counts the dependents that were checked:
 *
 *     delete:      get (n dependents) ─ they are deleted ──────────────── begin (seen n)
 *     incremental: ────────────────────────────────────── holdBase (n + 1)                 without it, this one has no base
 */
async function deleteOne(record: BackupRecord, deps: StartDeletionDeps): Promise<DeletingBackup | undefined> {
  const seen = record.status === 'Finished' ? record.dependentsAdded : undefined;
  return await startDeletion(record.backupId, deps, seen);
}

function changed(): ServiceError {
  return new ServiceError('TIEM_BACKUP_RECORD_INVALID', 'its dependents or restores have just changed; try again');
}
