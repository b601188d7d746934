import { livingDependents } from '../domain/backup-chain.ts';
import type { BackupRecord, DeletingBackup } from '../domain/backup-record.ts';
import { ServiceError } from '../domain/errors.ts';
import type { BackupStore } from '../domain/stores.ts';
import { failingAs } from './failing-as.ts';
import { builtUpon, whyNotDeletable } from './record-refusals.ts';
import { type StartDeletionDeps, startDeletion } from './start-deletion.ts';

interface DeleteWithDependentsDeps extends StartDeletionDeps {
  backups: Pick<BackupStore, 'get' | 'releaseBase'>;
}

/** A backup, and what builds upon it, that is there still. */
interface Family {
  record: BackupRecord;
  dependents: Family[];
}

/**
 * Deletes a backup whose deletion was refused, if what kept it is gone by now, or is to go with it: the last of a chain first, so
 * that a death in between leaves no backup without its base.
 * @returns its record, and the ids in that order
 * @throws ServiceError 20603, 20610 which says what keeps it; 40103
 */
export async function deleteWithDependents(
  record: BackupRecord,
  force: boolean,
  deps: DeleteWithDependentsDeps,
): Promise<{ deleted: DeletingBackup; deletedBackupIds: string[] }> {
  assertDeletable(record);
  const family = await familyOf(record, deps);
  const order = leavesFirst(family);
  const needed = order.filter((each) => each.record !== record && each.record.status !== 'Deleting');
  if (needed.length > 0 && !force) {
    throw builtUpon(
      record,
      needed.map((each) => each.record.backupId),
    );
  }
  // All are looked at before the first is deleted.
  for (const each of needed) assertDeletable(each.record, `the backup ${each.record.backupId}, which builds upon it,`);
  let deleted: DeletingBackup | undefined;
  for (const each of order) {
    deleted = await deleteOne(each, deps);
    if (deleted === undefined) throw changed();
  }
  if (deleted === undefined) throw changed();
  return { deleted, deletedBackupIds: order.map((each) => each.record.backupId) };
}

/**
 * Deletes a backup if all that build upon it are being deleted already.
 * @returns false: it is kept
 * @throws ServiceError 20603, 40103
 */
export async function deleteAfterDependents(backupId: string, deps: DeleteWithDependentsDeps): Promise<boolean> {
  const record = await failingAs('TIEM_BACKUP_RECORD_DELETE_FAILED', deps.backups.get(backupId));
  if (record?.status !== 'Finished') return false;
  const dependents = await failingAs('TIEM_BACKUP_RECORD_DELETE_FAILED', livingDependents(record, deps.backups));
  if (dependents.some(({ status }) => status !== 'Deleting')) return false;
  return (await startDeletion(backupId, deps, record.dependentsAdded)) !== undefined;
}

/**
 * The number is that of the dependents that were looked at:
 *
 *     delete:      get (n dependents) ─ they are deleted ──────────────── begin (seen n)
 *     incremental: ────────────────────────────────────── holdBase (n + 1)                 without it, this one has no base
 */
async function deleteOne({ record }: Family, deps: StartDeletionDeps): Promise<DeletingBackup | undefined> {
  const seen = record.status === 'Finished' ? record.dependentsAdded : undefined;
  return await startDeletion(record.backupId, deps, seen);
}

async function familyOf(record: BackupRecord, deps: Pick<DeleteWithDependentsDeps, 'backups'>): Promise<Family> {
  const living = await failingAs('TIEM_BACKUP_RECORD_DELETE_FAILED', livingDependents(record, deps.backups));
  const dependents: Family[] = [];
  for (const dependent of living) dependents.push(await familyOf(dependent, deps));
  return { record, dependents };
}

function leavesFirst(family: Family): Family[] {
  return [...family.dependents.flatMap(leavesFirst), family];
}

/** @throws ServiceError 20610 */
function assertDeletable(record: BackupRecord, name?: string): void {
  const why = whyNotDeletable(record, name);
  if (why !== undefined) throw why;
}

function changed(): ServiceError {
  return new ServiceError(
    'TIEM_BACKUP_RECORD_INVALID',
    'what builds upon it, or reads it, has just changed; try again',
  );
}
