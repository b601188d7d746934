import { type Clock, timestamp } from '../domain/clock.ts';
import type { FailNodes } from '../domain/fail-nodes.ts';
import type { BackupStore, ClusterStore, WorkflowStore } from '../domain/stores.ts';
import { type FlowName, hasEnded, type OperationInput } from '../domain/workflow.ts';
import type { EndedExecution } from '../domain/workflow-executions.ts';

export interface RepairEndedDeps {
  clusters: Pick<ClusterStore, 'get' | 'unlock'>;
  backups: Pick<BackupStore, 'get'>;
  workflows: Pick<WorkflowStore, 'get' | 'setStatus'>;
  failNodes: FailNodes;
  clock: Pick<Clock, 'now'>;
}

/**
 * Ends what an ended execution has left behind. Step Functions has said that it does not run, so its lock may be freed
 * (invariant 1).
 * @returns false: it left nothing, and nothing was done
 * @throws Error it could not be ended; trying again goes on
 */
export async function repairEnded(
  flowName: FlowName,
  { input, reason }: EndedExecution,
  deps: RepairEndedDeps,
): Promise<boolean> {
  if (await leftNothing(input, deps)) return false;
  if (flowName === 'DeleteBackup') await endDeletion(input, deps);
  else await deps.failNodes.run(flowName, input, reason);
  return true;
}

/** Looked at after the execution has ended, so what its last node wrote is seen. */
async function leftNothing(
  { workFlowId, clusterId }: OperationInput,
  { workflows, clusters }: RepairEndedDeps,
): Promise<boolean> {
  const [workflow, cluster] = await Promise.all([workflows.get(workFlowId), clusters.get(clusterId)]);
  if (cluster?.maintenance?.operationId === workFlowId) return false;
  // A deletion writes its workflow itself, and without one holds nothing yet. Another's was taken back with all that it had.
  return workflow === undefined || hasEnded(workflow);
}

/** The record stays marked, and its files are for the next execution; if it is gone, only the last steps were left to do. */
async function endDeletion(
  { workFlowId, clusterId, backupId }: OperationInput,
  { backups, workflows, clusters, clock }: RepairEndedDeps,
): Promise<void> {
  const isDone = (await backups.get(backupId)) === undefined;
  await clusters.unlock(clusterId, workFlowId);
  const workflow = { workFlowId, flowName: 'DeleteBackup', bizId: clusterId } as const;
  await workflows.setStatus(workflow, isDone ? 'Finished' : 'Error', timestamp(clock));
}
