import { type NewClusterInput, workflowOf } from '../../domain/workflow/workflow.ts';
import type { WorkflowStore } from '../../domain/workflow/workflow-store.ts';
import { type RestoreDeps, type RestoreResult, restoreFromSrcCluster } from '../restore/restore-from-src-cluster.ts';

/**
 * Node `restoreNewCluster`. The workflow holds the cluster itself, from before this node to after it: the restore neither takes nor
 * frees it. @throws NodeFailure
 */
export function restoreIntoNewCluster(told: NewClusterInput, deps: RestoreDeps): Promise<RestoreResult> {
  const workflow = workflowOf(told);
  // A drill is about the cluster of the backup, and not the one that it restores into.
  const setStatus: WorkflowStore['setStatus'] = (_, status, at, step) =>
    deps.workflows.setStatus(workflow, status, at, step);
  // A drill has succeeded once what was restored is verified.
  const recordSuccess: WorkflowStore['recordSuccess'] =
    told.drill === undefined ? deps.workflows.recordSuccess : async () => undefined;
  const input = { ...told, maintenanceStatusChange: false };
  return restoreFromSrcCluster(input, workflow.flowName, {
    ...deps,
    workflows: { ...deps.workflows, setStatus, recordSuccess },
  });
}
