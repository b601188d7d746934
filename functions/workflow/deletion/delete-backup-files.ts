import * as z from 'zod/mini';
import { livingDependents } from '../../domain/backup/backup-chain.ts';
import {
  type BackupRecord,
  type DeletingBackup,
  isEndedDeletion,
  ownFolder,
} from '../../domain/backup/backup-record.ts';
import type { BackupStore } from '../../domain/backup/backup-store.ts';
import type { DeletionStore } from '../../domain/backup/deletion-store.ts';
import type { Cluster } from '../../domain/cluster/cluster.ts';
import type { ClusterStore } from '../../domain/cluster/cluster-store.ts';
import { type Clock, timestamp } from '../../domain/shared/clock.ts';
import { quoteSome } from '../../domain/shared/errors.ts';
import { type BackupFiles, FilesLocked, foldersOfOthers } from '../../domain/storage/backup-files.ts';
import { below, displayPath, type StorageLocation } from '../../domain/storage/storage-location.ts';
import type { TidbGateway } from '../../domain/tidb/tidb.ts';
import { freeCluster } from '../../domain/workflow/end-operation.ts';
import { NodeFailure } from '../../domain/workflow/node-failure.ts';
import { type OperationInput, operationInput } from '../../domain/workflow/workflow.ts';
import type { WorkflowStore } from '../../domain/workflow/workflow-store.ts';
import { correlationOf } from '../../log.ts';
import { heldCluster } from '../shared/held-cluster.ts';
import { stopLeftovers } from '../shared/stop-statements.ts';

export const deleteBackupFilesInput = z.object({
  input: operationInput,
  /** ARN of the execution that the node runs in. */
  executionArn: z.string(),
  startTime: z.iso.datetime(),
});
type DeleteBackupFilesInput = z.infer<typeof deleteBackupFilesInput>;

/**
 * Tells the state machine how to continue. `areGone`: the files are proven gone. If not, another run removes the rest:
 * at once, because this run's time was up; after `waitUntil`, because they are locked; or, with `isLeft`, in another
 * execution.
 */
export interface FilesDeletion {
  areGone: boolean;
  waitUntil?: string;
  isLeft?: true;
}

const DAY_MS = 24 * 3_600_000;

/** Node's timers, which the local cloud waits with, are limited to 24 days. */
const LONGEST_WAIT_MS = 20 * DAY_MS;

/** Step Functions ends an execution after a year; this leaves time for a last wait. */
const LONGEST_EXECUTION_MS = 340 * DAY_MS;

export interface DeleteBackupFilesDeps {
  clusters: Pick<ClusterStore, 'get' | 'lock' | 'unlock'>;
  backups: Pick<BackupStore, 'get' | 'releaseBase'>;
  deletions: Pick<DeletionStore, 'recordLock'>;
  workflows: Pick<WorkflowStore, 'create' | 'recordSuccess'>;
  tidb: Pick<TidbGateway, 'openControl'>;
  files: Pick<BackupFiles, 'folders' | 'exists' | 'contents' | 'removeAll'>;
  clock: Clock;
  /** Aborts when this run must end; the next one continues. */
  timeIsUp: AbortSignal;
}

/**
 * Node `deleteBackupFiles`: takes the cluster, and removes the files of a record that is marked for deletion, after
 * those of its dependents. While storage keeps the files locked, the cluster is released.
 * @throws NodeFailure ClusterBusy, DependentsRemain, ConfigInvalid (unusable keys or path), FilesRemain,
 * FolderNotOwned, OperationSuperseded
 */
export async function deleteBackupFiles(
  { input, executionArn, startTime }: DeleteBackupFilesInput,
  deps: DeleteBackupFilesDeps,
): Promise<FilesDeletion> {
  const { backups, deletions, workflows, files, clock, timeIsUp } = deps;
  const { workFlowId } = input;
  const at = timestamp(clock);
  // The request that started the deletion has no call to spare for it. An earlier run may have written it already.
  await workflows.create({
    workFlowId,
    flowName: 'DeleteBackup',
    bizId: input.clusterId,
    executionArn,
    status: 'Processing',
    correlationId: correlationOf(workFlowId),
    createTime: at,
    updateTime: at,
  });
  const gone = async (): Promise<FilesDeletion> => {
    await workflows.recordSuccess(workFlowId, timestamp(clock));
    return { areGone: true };
  };
  const record = await backups.get(input.backupId);
  // An earlier run finished all but the last steps.
  if (record === undefined) return await gone();
  if (record.status !== 'Deleting') {
    throw new NodeFailure('OperationSuperseded', `the backup is ${record.status}, but must be Deleting`);
  }
  const wait = async (lockedUntil: string): Promise<FilesDeletion> => {
    // Sweeps skip the deletion until that day.
    if (lockedUntil !== record.lockedUntil) {
      await deletions.recordLock(input.backupId, { lockedUntil, at: timestamp(clock) });
    }
    await freeCluster(input, deps);
    return { areGone: false, ...untilNextRun(lockedUntil, startTime, clock) };
  };
  if (record.lockedUntil !== undefined && isToCome(record.lockedUntil, clock)) return await wait(record.lockedUntil);
  const dependents = await livingDependents(record, backups);
  const lastOfThem = latestLock(dependents);
  if (lastOfThem !== undefined && isToCome(lastOfThem, clock)) return await wait(lastOfThem);
  if (dependents.length > 0) {
    const ids = quoteSome(dependents.map(({ backupId }) => backupId));
    throw new NodeFailure('DependentsRemain', `its dependent backups are deleted first, and still exist: ${ids}`);
  }
  const cluster = await takeCluster(input, record, deps);
  const folder = ownFolder(record);
  if (folder === undefined) {
    throw new NodeFailure('FolderNotOwned', `${displayPath(record.location)} is not this backup's own folder`);
  }
  await assertNothingWrites(record, cluster, deps);
  await assertNothingElse(record, folder, files);
  try {
    await files.removeAll(folder, timeIsUp);
    return await gone();
  } catch (error) {
    if (timeIsUp.aborted) return { areGone: false };
    if (error instanceof FilesLocked && isToCome(error.until, clock)) {
      return await wait(error.until);
    }
    // Its error is more precise, and says whether a retry helps: keys that cannot be read will not appear within a
    // second.
    if (error instanceof NodeFailure) throw error;
    throw new NodeFailure('FilesRemain', error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** When the files of all of them can be deleted, as far as is known. */
function latestLock(records: readonly BackupRecord[]): string | undefined {
  return records
    .flatMap((record) => ('lockedUntil' in record && record.lockedUntil !== undefined ? [record.lockedUntil] : []))
    .sort()
    .at(-1);
}

function isToCome(time: string, { now }: Pick<Clock, 'now'>): boolean {
  return Date.parse(time) > now();
}

/**
 * An execution that has waited for most of its year leaves the rest to the next one, which reconcile starts after the
 * lock ends.
 */
function untilNextRun(
  lockedUntil: string,
  startTime: string,
  clock: Pick<Clock, 'now'>,
): Omit<FilesDeletion, 'areGone'> {
  const now = clock.now();
  if (now - Date.parse(startTime) > LONGEST_EXECUTION_MS) return { isLeft: true };
  return { waitUntil: new Date(Math.min(Date.parse(lockedUntil), now + LONGEST_WAIT_MS)).toISOString() };
}

/**
 * Takes the lock of invariant 1. `undefined` if the cluster is no longer registered, so that no operation can be
 * running on it.
 * @throws NodeFailure ClusterBusy
 */
async function takeCluster(
  input: OperationInput,
  record: DeletingBackup,
  { clusters, clock }: Pick<DeleteBackupFilesDeps, 'clusters' | 'clock'>,
): Promise<Cluster | undefined> {
  if (!input.maintenanceStatusChange) return await heldCluster(input, clusters);
  const maintenance = { status: 'Deleting', operationId: input.workFlowId, since: timestamp(clock) } as const;
  const lock = await clusters.lock(input.clusterId, maintenance);
  switch (lock.outcome) {
    case 'locked':
      return lock.cluster;
    case 'notFound':
      return undefined;
    case 'held': {
      const holder = lock.maintenance;
      if (holder !== undefined && isEndedDeletion(holder.operationId, record)) {
        // Step Functions confirmed that this execution had ended before ours was started: it will not release the lock.
        await clusters.unlock(input.clusterId, holder.operationId);
      }
      throw new NodeFailure(
        'ClusterBusy',
        `the cluster is held by ${holder?.status ?? 'an operation that has just ended'}`,
      );
    }
  }
}

/**
 * An import takes a folder of `br` as it is. Anything that was added to it belongs to somebody else.
 * @throws NodeFailure FolderNotOwned
 */
async function assertNothingElse(
  { imported }: DeletingBackup,
  folder: StorageLocation,
  files: Pick<BackupFiles, 'folders' | 'exists' | 'contents'>,
): Promise<void> {
  if (!imported?.isFlat) return;
  const [other] = await foldersOfOthers(folder, await files.folders(folder), files);
  const name = other ?? (await files.contents(folder))?.foreign;
  if (name === undefined) return;
  const path = displayPath(below(folder, name));
  throw new NodeFailure(
    'FolderNotOwned',
    `${path} does not belong to this backup: move it elsewhere, and delete the backup again`,
  );
}

/**
 * A BACKUP that outlived its node, undetected when its record failed, could write after the files are gone.
 * @throws NodeFailure FilesRemain
 */
async function assertNothingWrites(
  { backupId, filesRemain }: DeletingBackup,
  cluster: Cluster | undefined,
  deps: Pick<DeleteBackupFilesDeps, 'tidb' | 'clock'>,
): Promise<void> {
  if (filesRemain === undefined) return;
  const leftover = await stopLeftovers(cluster, [{ kind: 'BACKUP', backupId }], deps);
  if (leftover !== undefined) throw new NodeFailure('FilesRemain', leftover);
}
