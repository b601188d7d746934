import * as z from 'zod/mini';
import type { BackupFiles } from '../../domain/backup-files.ts';
import { type DeletingBackup, isEndedDeletion, ownFolder } from '../../domain/backup-record.ts';
import { type Clock, timestamp } from '../../domain/clock.ts';
import type { Cluster } from '../../domain/cluster.ts';
import { NodeFailure } from '../../domain/node-failure.ts';
import { displayPath } from '../../domain/storage-location.ts';
import type { BackupStore, ClusterStore, WorkflowStore } from '../../domain/stores.ts';
import type { TidbGateway } from '../../domain/tidb.ts';
import { type OperationInput, operationInput } from '../../domain/workflow.ts';
import { heldCluster } from './held-cluster.ts';
import { stopLeftovers } from './stop-statements.ts';

export const deleteBackupFilesInput = z.object({
  input: operationInput,
  /** Of the execution that the node runs in. */
  executionArn: z.string(),
});
type DeleteBackupFilesInput = z.infer<typeof deleteBackupFilesInput>;

export interface DeleteBackupFilesDeps {
  clusters: Pick<ClusterStore, 'get' | 'lock' | 'unlock'>;
  backups: Pick<BackupStore, 'get'>;
  workflows: Pick<WorkflowStore, 'create'>;
  tidb: Pick<TidbGateway, 'openControl'>;
  files: Pick<BackupFiles, 'removeAll'>;
  clock: Clock;
  /** Aborts when this run has to end; the next one goes on. */
  timeIsUp: AbortSignal;
}

/**
 * Node `deleteBackupFiles`: takes the cluster, and removes the files of a record that is marked for deletion.
 * @returns whether they are proven gone; false: this run's time was over first
 * @throws NodeFailure ClusterBusy, FilesRemain, FolderNotOwned, OperationSuperseded
 */
export async function deleteBackupFiles(
  { input, executionArn }: DeleteBackupFilesInput,
  deps: DeleteBackupFilesDeps,
): Promise<{ areGone: boolean }> {
  const { backups, workflows, files, clock, timeIsUp } = deps;
  const { workFlowId } = input;
  const at = timestamp(clock);
  // The request that started the deletion has no call to spare for it. A run before this one has written it already.
  await workflows.create({
    workFlowId,
    flowName: 'DeleteBackup',
    bizId: input.clusterId,
    executionArn,
    status: 'Processing',
    createTime: at,
    updateTime: at,
  });
  const record = await backups.get(input.backupId);
  // An earlier run came to its end but for the last steps, which are still to be done.
  if (record === undefined) return { areGone: true };
  if (record.status !== 'Deleting') {
    throw new NodeFailure('OperationSuperseded', `the backup is ${record.status}, it would have to be Deleting`);
  }
  const cluster = await takeCluster(input, record, deps);
  const folder = ownFolder(record);
  if (folder === undefined) {
    throw new NodeFailure('FolderNotOwned', `${displayPath(record.location)} is not the folder of this backup alone`);
  }
  await assertNothingWrites(record, cluster, deps);
  try {
    await files.removeAll(folder, timeIsUp);
    return { areGone: true };
  } catch (error) {
    if (timeIsUp.aborted) return { areGone: false };
    throw new NodeFailure('FilesRemain', error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/**
 * Takes the lock of invariant 1. Undefined: the cluster is no longer registered, so no operation on it can be going on.
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
        // Step Functions said that this execution has ended before ours was started: it is not going to free it any more.
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
 * A BACKUP that outlived its node, unreachable when its record failed, could write after the files are gone. While its cluster is
 * registered somebody can find out; afterwards nobody can.
 * @throws NodeFailure FilesRemain
 */
async function assertNothingWrites(
  { backupId, filesRemain }: DeletingBackup,
  cluster: Cluster | undefined,
  deps: Pick<DeleteBackupFilesDeps, 'tidb' | 'clock'>,
): Promise<void> {
  if (filesRemain === undefined || cluster === undefined) return;
  const leftover = await stopLeftovers(cluster, { kind: 'BACKUP', backupId }, deps);
  if (leftover !== undefined) throw new NodeFailure('FilesRemain', leftover);
}
