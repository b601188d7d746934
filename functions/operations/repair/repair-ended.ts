import type { ClusterStore } from '../../domain/cluster/cluster-store.ts';
import { timestamp } from '../../domain/shared/clock.ts';
import { CANCELED, TOO_LATE } from '../../domain/strategy/begin-in-time.ts';
import { endOperation } from '../../domain/workflow/end-operation.ts';
import type { FailNodes } from '../../domain/workflow/fail-nodes.ts';
import type { CaughtError } from '../../domain/workflow/node-failure.ts';
import { type FlowName, hasEnded, type OperationInput, type Workflow } from '../../domain/workflow/workflow.ts';
import type { EndedExecution } from '../../domain/workflow/workflow-executions.ts';
import type { WorkflowStore } from '../../domain/workflow/workflow-store.ts';
import { type EndUnstartedDeps, endUnstarted } from './end-unstarted.ts';
import { type FinishSucceededDeps, finishSucceeded, isFinishedByWrites } from './finish-succeeded.ts';

export interface RepairEndedDeps extends FinishSucceededDeps, EndUnstartedDeps {
  clusters: Pick<ClusterStore, 'get' | 'unlock'>;
  backups: FinishSucceededDeps['backups'] & EndUnstartedDeps['backups'];
  workflows: Pick<WorkflowStore, 'get' | 'setStatus'>;
  failNodes: FailNodes;
}

/**
 * Cleans up after an ended execution: as a success if that is recorded, whatever it ended with. Step Functions has
 * confirmed that it does not run, so its lock may be released (invariant 1).
 * @returns false if there was nothing to clean up
 * @throws Error if that failed; a retry continues
 */
export async function repairEnded(
  flowName: FlowName,
  { input, reason }: EndedExecution,
  deps: RepairEndedDeps,
): Promise<boolean> {
  const workflow = await deps.workflows.get(input.workFlowId);
  if (await leftNothing(workflow, input, deps)) return false;
  if (workflow?.succeededAt !== undefined && isFinishedByWrites(flowName)) {
    await finishSucceeded(flowName, input, deps);
  } else if (flowName === 'DeleteBackup') await endDeletion(input, deps);
  else if (flowName === 'UndeleteBackup') await endUndelete(input, deps);
  else if (!(isAbandoned(flowName, reason) && (await endUnstarted(input, reason, deps)))) {
    await deps.failNodes.run(flowName, input, reason);
  }
  return true;
}

/** Repair stopped a backup that apparently had not begun. */
function isAbandoned(flowName: FlowName, { Error: error }: CaughtError): boolean {
  return flowName === 'BackupCluster' && (error === TOO_LATE || error === CANCELED);
}

/** Checked after the execution has ended, so that the writes of its last node are visible. */
async function leftNothing(
  workflow: Workflow | undefined,
  { workFlowId, clusterId }: OperationInput,
  { clusters }: RepairEndedDeps,
): Promise<boolean> {
  const cluster = await clusters.get(clusterId);
  if (cluster?.maintenance?.operationId === workFlowId) return false;
  // A deletion writes its workflow itself, and holds nothing before that. Any other workflow was rolled back with
  // everything that it had.
  return workflow === undefined || hasEnded(workflow);
}

/** Recovered files stay; another undelete can do the rest. */
async function endUndelete(input: OperationInput, deps: RepairEndedDeps): Promise<void> {
  await deps.backups.releaseFromRestore(input.backupId, input.workFlowId);
  await endOperation(input, 'UndeleteBackup', 'Error', deps);
}

/**
 * The record stays marked, and its files are left to the next execution; without a record, only the last steps remain.
 */
async function endDeletion(
  { workFlowId, clusterId, backupId }: OperationInput,
  { backups, workflows, clusters, clock }: RepairEndedDeps,
): Promise<void> {
  const isDone = (await backups.get(backupId)) === undefined;
  await clusters.unlock(clusterId, workFlowId);
  const workflow = { workFlowId, flowName: 'DeleteBackup', bizId: clusterId } as const;
  await workflows.setStatus(workflow, isDone ? 'Finished' : 'Error', timestamp(clock));
}
