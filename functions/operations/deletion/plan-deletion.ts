import { dependentsThere } from '../../domain/backup/backup-chain.ts';
import { attemptLocation, type BackupRecord } from '../../domain/backup/backup-record.ts';
import type { BackupStore } from '../../domain/backup/backup-store.ts';
import type { DeletionStore } from '../../domain/backup/deletion-store.ts';
import { withLivingRestores } from '../../domain/backup/restore-holds.ts';
import { costOf, usageOfDeletion } from '../../domain/planning/cost.ts';
import { paidFilesOf } from '../../domain/planning/paid-files.ts';
import { allFiles, conflictOf, type DeletionPlan } from '../../domain/planning/plan.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import { copyOf, displayPath } from '../../domain/storage/storage-location.ts';
import type { WorkflowExecutions } from '../../domain/workflow/workflow-executions.ts';
import type { WorkflowStore } from '../../domain/workflow/workflow-store.ts';
import {
  recordHasDependents,
  recordNotFound,
  refuseOtherBackup,
  unlessEnded,
  whyNotDeletable,
} from '../shared/record-refusals.ts';
import { wrapErrors } from '../shared/wrap-errors.ts';
import {
  type DeletionCondition,
  refuseUnknownExclusions,
  type WantedDeletion,
  wasDeleted,
} from './delete-backup-records.ts';
import { lookAtFamily } from './delete-with-dependents.ts';

export interface PlanDeletionDeps {
  backups: Pick<BackupStore, 'get'>;
  workflows: Pick<WorkflowStore, 'get'>;
  executions: Pick<WorkflowExecutions, 'arnOf' | 'exists'>;
  clock: Pick<Clock, 'now'>;
}

/**
 * What {@link deleteBackupRecord} would do now.
 * @throws ServiceError 10001, 20603, 20610 it has not ended; 20612
 */
export async function planDeletion(wanted: WantedDeletion, deps: PlanDeletionDeps): Promise<DeletionPlan> {
  return await wrapErrors('TIEM_BACKUP_RECORD_DELETE_FAILED', planOne(wanted, deps));
}

async function planOne(
  { backupId, force = false, ...said }: WantedDeletion,
  deps: PlanDeletionDeps,
): Promise<DeletionPlan> {
  const { backups, workflows, executions, clock } = deps;
  const record = await backups.get(backupId);
  if (record === undefined) {
    if (await wasDeleted(backupId, executions)) return planOf({ deletes: [] }, clock);
    throw recordNotFound(backupId);
  }
  refuseOtherBackup(said, record);
  const refusal = unlessEnded(record);
  if (refusal !== undefined) throw refusal;
  // A running deletion is resumed: nothing can build on that backup any more.
  if (record.status === 'Deleting') return planOf({ deletes: [record] }, clock);
  const family = await lookAtFamily(record, force, {
    dependentsOf: async (each) => (await dependentsThere(each, backups)).living,
    withoutStaleHolds: (each) => withLivingRestores(each, workflows),
  });
  const conflicts = family.refusal === undefined ? [] : [conflictOf(family.refusal)];
  if (force) return planOf({ deletes: family.order, conflicts }, clock);
  return planOf({ deletes: [record], dependents: family.needed.map((each) => each.backupId), conflicts }, clock);
}

export interface PlanDeletionsDeps {
  backups: Pick<BackupStore, 'get' | 'getAll'>;
  workflows: Pick<WorkflowStore, 'get'>;
  deletions: Pick<DeletionStore, 'backupsOf'>;
  clock: Pick<Clock, 'now'>;
}

/**
 * What {@link deleteBackupRecords} would do now.
 * @throws ServiceError 10001, 20603
 */
export async function planDeletions(condition: DeletionCondition, deps: PlanDeletionsDeps): Promise<DeletionPlan> {
  return await wrapErrors('TIEM_BACKUP_RECORD_DELETE_FAILED', planMany(condition, deps));
}

async function planMany(
  condition: DeletionCondition,
  { backups, workflows, deletions, clock }: PlanDeletionsDeps,
): Promise<DeletionPlan> {
  const { clusterId, backupMode, excludedIds = [] } = condition;
  const backupIds = await deletions.backupsOf(clusterId, backupMode);
  await refuseUnknownExclusions(condition, backupIds, { backups });
  const records = new Map((await backups.getAll(backupIds)).map((record) => [record.backupId, record]));
  const get = async (backupId: string) => records.get(backupId) ?? (await backups.get(backupId));
  const deletes = new Map<string, BackupRecord>();
  const keeps: DeletionPlan['keeps'] = [];
  // Newest first, so that dependents are checked before their base.
  for (const backupId of backupIds) {
    const record = records.get(backupId);
    if (record === undefined) continue;
    const reason = excludedIds.includes(backupId) ? 'it is excluded' : await whyKept(record);
    if (reason === undefined) deletes.set(backupId, record);
    else keeps.push({ backupId, reason });
  }
  return planOf({ deletes: [...deletes.values()], keeps }, clock);

  async function whyKept(record: BackupRecord): Promise<string | undefined> {
    const refusal = whyNotDeletable(await withLivingRestores(record, workflows));
    if (refusal !== undefined || record.status === 'Deleting') return refusal?.message;
    const { living } = await dependentsThere(record, { get });
    const needing = living.filter(({ backupId, status }) => status !== 'Deleting' && !deletes.has(backupId));
    if (needing.length === 0) return undefined;
    return recordHasDependents(
      record,
      needing.map(({ backupId }) => backupId),
    ).message;
  }
}

const COPY_MAY_REMAIN =
  'whether the bucket of the second copy allows the deletion of its versions; otherwise the record stays `Deleting`, and its error says that the copy remains';

interface Deletions extends Partial<Pick<DeletionPlan, 'dependents' | 'keeps' | 'conflicts'>> {
  /** In order of deletion. */
  deletes: readonly BackupRecord[];
}

function planOf(
  { deletes, dependents = [], keeps = [], conflicts = [] }: Deletions,
  clock: Pick<Clock, 'now'>,
): DeletionPlan {
  const planned = deletes.map((record) => ({
    backupId: record.backupId,
    path: displayPath(record.status === 'Finished' ? attemptLocation(record, record.finishedAttempt) : record.location),
    ...(record.status === 'Finished' && { sizeBytes: record.sizeBytes }),
    ...(record.status === 'Finished' && record.fileCount !== undefined && { files: record.fileCount }),
    ...lockOf(record, clock),
  }));
  const hasCopy = deletes.some(({ location }) => copyOf(location) !== undefined);
  const sizes = planned.map(({ sizeBytes = '0' }) => sizeBytes);
  const locks = planned.flatMap(({ lockedUntil }) => lockedUntil ?? []).sort();
  const lockedUntil = locks.at(-1);
  return {
    action: 'delete',
    deletes: planned,
    dependents,
    keeps,
    sizeBytes: String(sizes.reduce((sum, bytes) => sum + BigInt(bytes), 0n)),
    ...allFiles(planned.map(({ files }) => files)),
    ...(lockedUntil !== undefined && { lockedUntil }),
    conflicts,
    checksLeft:
      planned.length === 0
        ? []
        : [
            'whether storage blocks the deletion of files by a lock or hold that is not recorded',
            ...(hasCopy ? [COPY_MAY_REMAIN] : []),
          ],
    cost: costOf(usageOfDeletion(deletes.map((record) => paidFilesOf(record, clock)))),
  };
}

function lockOf(record: BackupRecord, clock: Pick<Clock, 'now'>): { lockedUntil?: string } {
  const lockedUntil = 'lockedUntil' in record ? record.lockedUntil : undefined;
  return lockedUntil !== undefined && Date.parse(lockedUntil) > clock.now() ? { lockedUntil } : {};
}
