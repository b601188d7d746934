import { dependentsThere } from '../domain/backup-chain.ts';
import { attemptLocation, type BackupRecord } from '../domain/backup-record.ts';
import type { Clock } from '../domain/clock.ts';
import { costOf, usageOfDeletion } from '../domain/cost.ts';
import { type Conflict, conflictOf, type DeletionPlan } from '../domain/plan.ts';
import { displayPath, isOnS3 } from '../domain/storage-location.ts';
import type { BackupStore, DeletionStore } from '../domain/stores.ts';
import type { WorkflowExecutions } from '../domain/workflow-executions.ts';
import { type DeletionCondition, wasDeleted } from './delete-backup-records.ts';
import { failingAs } from './failing-as.ts';
import { builtUpon, inUse, recordNotFound, unlessEnded, whyNotDeletable } from './record-refusals.ts';

export interface PlanDeletionDeps {
  backups: Pick<BackupStore, 'get'>;
  executions: Pick<WorkflowExecutions, 'arnOf' | 'exists'>;
  clock: Pick<Clock, 'now'>;
}

/**
 * What {@link deleteBackupRecord} would do now.
 * @throws ServiceError 20603, 20610 it has not ended; 20612
 */
export async function planDeletion(wanted: WantedDeletion, deps: PlanDeletionDeps): Promise<DeletionPlan> {
  return await failingAs('TIEM_BACKUP_RECORD_DELETE_FAILED', planOne(wanted, deps));
}

interface WantedDeletion {
  backupId: string;
  /** What builds upon it is deleted too. */
  force?: boolean | undefined;
}

async function planOne({ backupId, force }: WantedDeletion, deps: PlanDeletionDeps): Promise<DeletionPlan> {
  const { backups, executions, clock } = deps;
  const record = await backups.get(backupId);
  if (record === undefined) {
    if (await wasDeleted(backupId, executions)) return planOf({ deletes: [], keeps: [], conflicts: [] }, clock);
    throw recordNotFound(backupId);
  }
  const refusal = unlessEnded(record);
  if (refusal !== undefined) throw refusal;
  const above = (await leavesFirst(record, backups)).slice(0, -1);
  const needed = above.filter(({ status }) => status !== 'Deleting');
  const conflicts = [inUse(record)];
  if (force)
    for (const each of needed)
      conflicts.push(whyNotDeletable(each, `the backup ${each.backupId}, which builds upon it,`));
  else if (needed.length > 0) {
    conflicts.push(
      builtUpon(
        record,
        needed.map((each) => each.backupId),
      ),
    );
  }
  return planOf(
    {
      deletes: force ? [...above, record] : [record],
      keeps: [],
      conflicts: conflicts.flatMap((error) => (error === undefined ? [] : [conflictOf(error)])),
    },
    clock,
  );
}

/** All that build upon it, in the order in which they go, and the backup itself. */
async function leavesFirst(record: BackupRecord, backups: Pick<BackupStore, 'get'>): Promise<BackupRecord[]> {
  const { living } = await dependentsThere(record, backups);
  const order: BackupRecord[] = [];
  for (const dependent of living) order.push(...(await leavesFirst(dependent, backups)));
  return [...order, record];
}

export interface PlanDeletionsDeps {
  backups: Pick<BackupStore, 'get' | 'getAll'>;
  deletions: Pick<DeletionStore, 'backupsOf'>;
  clock: Pick<Clock, 'now'>;
}

/**
 * What {@link deleteBackupRecords} would do now.
 * @throws ServiceError 20603
 */
export async function planDeletions(
  { clusterId, backupMode, excludeBackupId }: DeletionCondition,
  { backups, deletions, clock }: PlanDeletionsDeps,
): Promise<DeletionPlan> {
  const found = failingAs('TIEM_BACKUP_RECORD_DELETE_FAILED', recordsOf());
  const [deletes, keeps]: [BackupRecord[], DeletionPlan['keeps']] = [[], []];
  const going = new Set<string>();
  // The newest first: what builds upon a backup has been looked at before it.
  for (const record of await found) {
    const { backupId } = record;
    const reason = whyKept(record, excludeBackupId) ?? (await whyNeeded(record, going, backups));
    if (reason === undefined) {
      deletes.push(record);
      going.add(backupId);
    } else keeps.push({ backupId, reason });
  }
  return planOf({ deletes, keeps, conflicts: [] }, clock);

  /** Newest first. */
  async function recordsOf(): Promise<BackupRecord[]> {
    const backupIds = await deletions.backupsOf(clusterId, backupMode);
    const records = new Map((await backups.getAll(backupIds)).map((record) => [record.backupId, record]));
    return backupIds.flatMap((backupId) => records.get(backupId) ?? []);
  }
}

function whyKept(record: BackupRecord, excludeBackupId: string | undefined): string | undefined {
  if (record.backupId === excludeBackupId) return 'it is excluded';
  return whyNotDeletable(record)?.message;
}

async function whyNeeded(
  record: BackupRecord,
  going: ReadonlySet<string>,
  backups: Pick<BackupStore, 'get'>,
): Promise<string | undefined> {
  const { living } = await dependentsThere(record, backups);
  const kept = living.filter(({ backupId, status }) => status !== 'Deleting' && !going.has(backupId));
  return kept.length === 0 ? undefined : `the backup ${kept[0]?.backupId}, which is kept, builds upon it`;
}

interface Deletions extends Pick<DeletionPlan, 'keeps'> {
  deletes: readonly BackupRecord[];
  conflicts: Conflict[];
}

function planOf({ deletes, keeps, conflicts }: Deletions, clock: Pick<Clock, 'now'>): DeletionPlan {
  const planned = deletes.map((record) => ({
    backupId: record.backupId,
    path: displayPath(record.status === 'Finished' ? attemptLocation(record, record.finishedAttempt) : record.location),
    ...(record.status === 'Finished' && { sizeBytes: record.sizeBytes }),
    ...lockOf(record, clock),
  }));
  const sizes = planned.map(({ sizeBytes = '0' }) => sizeBytes);
  const locks = planned.flatMap(({ lockedUntil }) => lockedUntil ?? []).sort();
  const lockedUntil = locks.at(-1);
  return {
    action: 'delete',
    deletes: planned,
    keeps,
    sizeBytes: String(sizes.reduce((sum, bytes) => sum + BigInt(bytes), 0n)),
    ...(lockedUntil !== undefined && { lockedUntil }),
    conflicts,
    checksLeft:
      planned.length === 0 ? [] : ['whether the storage lets go of the files: a lock or hold that is not recorded'],
    cost: costOf(
      usageOfDeletion(deletes.map((record, at) => ({ sizeBytes: sizes[at] ?? '0', isOnS3: isOnS3(record.location) }))),
    ),
  };
}

function lockOf(record: BackupRecord, clock: Pick<Clock, 'now'>): { lockedUntil?: string } {
  const lockedUntil = 'lockedUntil' in record ? record.lockedUntil : undefined;
  return lockedUntil !== undefined && Date.parse(lockedUntil) > clock.now() ? { lockedUntil } : {};
}
