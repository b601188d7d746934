import { type NewClusterInput, workflowOf } from '../../domain/workflow/workflow.ts';
import type { WorkflowStore } from '../../domain/workflow/workflow-store.ts';
import { type RestoreDeps, type RestoreResult, restoreFromSrcCluster } from '../restore/restore-from-src-cluster.ts';

/**
 * Node `restoreNewCluster`. The workflow itself holds the cluster from before this node until after it, so the restore
 * neither locks nor releases it.
 * @throws NodeFailure
 */
export function restoreIntoNewCluster(told: NewClusterInput, deps: RestoreDeps): Promise<RestoreResult> {
  const workflow = workflowOf(told);
  // The subject of a drill is the backup's cluster, not the one that it restores into.
  const setStatus: WorkflowStore['setStatus'] = (_, status, at, step) =>
    deps.workflows.setStatus(workflow, status, at, step);
  // A drill has succeeded only after the verification.
  const recordSuccess: WorkflowStore['recordSuccess'] =
    told.drill === undefined ? deps.workflows.recordSuccess : async () => undefined;
  const input = { ...told, maintenanceStatusChange: false };
  return restoreFromSrcCluster(input, workflow.flowName, {
    ...deps,
    workflows: { ...deps.workflows, setStatus, recordSuccess },
  });
}
