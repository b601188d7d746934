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
 * The last thing that a workflow does: lets go of the cluster and says how it ended. Each step may be repeated, and the
 * status comes last, so that a workflow that reads as ended holds nothing.
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

/** Not ours (any more) is as good as freed: then another operation may have it by now. */
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

/** The last steps of a restore that succeeded: the backup and what it builds upon may be deleted again, and the cluster is free. */
export async function endRestore(
  input: OperationInput,
  flowName: FlowName,
  deps: EndOperationDeps & { backups: Pick<BackupStore, 'get' | 'releaseFromRestore'> },
): Promise<void> {
  await releaseChain(input, deps.backups);
  await endOperation(input, flowName, 'Finished', deps);
}

/**
 * The last steps of a deletion whose files are proven gone. The record goes after the cluster is free: deleting a record again is how
 * a dead deletion is taken up, so nothing may be held that no record tells of.
 */
export async function endDeletion(
  input: OperationInput,
  deps: EndOperationDeps & {
    backups: Pick<BackupStore, 'get' | 'releaseBase'>;
    deletions: Pick<DeletionStore, 'finish'>;
  },
): Promise<void> {
  await freeCluster(input, deps);
  // While the record is there, it says whose base it is to release.
  const record = await deps.backups.get(input.backupId);
  if (record !== undefined) await releaseBaseHold(record, deps.backups);
  await deps.deletions.finish(input.backupId);
  await endWorkflow(input, 'DeleteBackup', 'Finished', deps);
}
