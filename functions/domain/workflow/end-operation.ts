import { releaseBaseHold, releaseChain } from '../backup/backup-chain.ts';
import type { BackupStore } from '../backup/backup-store.ts';
import type { DeletionStore } from '../backup/deletion-store.ts';
import type { ClusterStore } from '../cluster/cluster-store.ts';
import { type Clock, timestamp } from '../shared/clock.ts';
import type { FlowName, OperationInput, WorkflowStatus } from './workflow.ts';
import type { WorkflowStore } from './workflow-store.ts';

export interface EndOperationDeps {
  clusters: Pick<ClusterStore, 'unlock'>;
  workflows: Pick<WorkflowStore, 'setStatus'>;
  clock: Pick<Clock, 'now'>;
}

/**
 * The last step of a workflow: releases the cluster and records how it ended. Each part may be repeated. The status
 * comes last, so that a workflow that reads as ended holds nothing.
 */
export async function endOperation(
  input: OperationInput,
  flowName: FlowName,
  status: EndStatus,
  deps: EndOperationDeps,
): Promise<void> {
  await freeCluster(input, deps);
  await endWorkflow(input, flowName, status, deps);
}

type EndStatus = Extract<WorkflowStatus, 'Finished' | 'Error' | 'Canceled'>;

/** A lock that is no longer ours counts as released: another operation may hold it by now. */
export async function freeCluster(
  input: OperationInput,
  { clusters }: Pick<EndOperationDeps, 'clusters'>,
): Promise<void> {
  if (input.maintenanceStatusChange) await clusters.unlock(input.clusterId, input.workFlowId);
}

async function endWorkflow(
  { workFlowId, clusterId }: OperationInput,
  flowName: FlowName,
  status: EndStatus,
  { workflows, clock }: Pick<EndOperationDeps, 'workflows' | 'clock'>,
): Promise<void> {
  await workflows.setStatus({ workFlowId, flowName, bizId: clusterId }, status, timestamp(clock));
}

/**
 * The last steps of a successful restore: the backup and its bases may be deleted again, and the cluster is released.
 */
export async function endRestore(
  input: OperationInput,
  flowName: FlowName,
  deps: EndOperationDeps & { backups: Pick<BackupStore, 'get' | 'releaseFromRestore'> },
): Promise<void> {
  await releaseChain(input, deps.backups);
  await endOperation(input, flowName, 'Finished', deps);
}

/**
 * The last steps of a deletion whose files are proven gone. The record is removed after the cluster is released: a
 * crashed deletion is resumed by deleting the record again, so there must be no hold without a record.
 */
export async function endDeletion(
  input: OperationInput,
  deps: EndOperationDeps & {
    backups: Pick<BackupStore, 'get' | 'releaseBase'>;
    deletions: Pick<DeletionStore, 'finish'>;
  },
): Promise<void> {
  await freeCluster(input, deps);
  // The record names the base to release, as long as it exists.
  const record = await deps.backups.get(input.backupId);
  if (record !== undefined) await releaseBaseHold(record, deps.backups);
  await deps.deletions.finish(input.backupId);
  await endWorkflow(input, 'DeleteBackup', 'Finished', deps);
}
