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
  status: Extract<WorkflowStatus, 'Finished' | 'Error' | 'Canceled'>,
  { clusters, workflows, clock }: EndOperationDeps,
): Promise<void> {
  // Not ours (any more) is as good as freed: then another operation may have it by now.
  if (input.maintenanceStatusChange) await clusters.unlock(input.clusterId, input.workFlowId);
  await workflows.setStatus(
    { workFlowId: input.workFlowId, flowName, bizId: input.clusterId },
    status,
    timestamp(clock),
  );
}
