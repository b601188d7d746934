import { type Clock, timestamp } from '../../domain/clock.ts';
import type { ClusterStore, WorkflowStore } from '../../domain/stores.ts';
import type { FlowName, OperationInput, WorkflowStatus } from '../../domain/workflow.ts';

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

export async function endWorkflow(
  { workFlowId, clusterId }: OperationInput,
  flowName: FlowName,
  status: EndStatus,
  { workflows, clock }: Pick<EndOperationDeps, 'workflows' | 'clock'>,
): Promise<void> {
  await workflows.setStatus({ workFlowId, flowName, bizId: clusterId }, status, timestamp(clock));
}
