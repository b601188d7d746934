import type { ClusterStore } from '../../domain/cluster/cluster-store.ts';
import type { ConfigStore } from '../../domain/config/config-store.ts';
import { type DeploymentStorage, storageBase } from '../../domain/config/system-config.ts';
import { type Clock, timestamp } from '../../domain/shared/clock.ts';
import type { Attempt } from '../../domain/shared/request-attempt.ts';
import type { CheckInput, Workflow } from '../../domain/workflow/workflow.ts';
import type { WorkflowStore } from '../../domain/workflow/workflow-store.ts';
import { lockCluster, lookAtLock } from '../shared/lock-cluster.ts';
import { type StartWorkflowDeps, startWorkflow, wasStarted, withRollback } from '../shared/start-workflow.ts';

export interface CheckClusterDeps extends StartWorkflowDeps, DeploymentStorage {
  clusters: Pick<ClusterStore, 'get' | 'lock' | 'unlock'>;
  workflows: StartWorkflowDeps['workflows'] & Pick<WorkflowStore, 'get'>;
  config: Pick<ConfigStore, 'read'>;
  attempt: Attempt;
  clock: Pick<Clock, 'now'>;
}

/**
 * Starts a check of everything that backups and restores of a cluster need. With `scratch` it also takes and restores a
 * backup, for which it locks the cluster.
 * @throws ServiceError 10003, 20114, 20600, 20601, 40100, 40103
 */
export async function checkCluster(
  { clusterId, scratch = false }: { clusterId: string; scratch?: boolean | undefined },
  deps: CheckClusterDeps,
): Promise<{ workFlowId: string }> {
  const { attempt, clusters, workflows, executions } = deps;
  const workFlowId = attempt.newId();
  if (attempt.isRepeated) {
    const executionArn = executions.arnOf('CheckCluster', workFlowId);
    if (await wasStarted(await workflows.get(workFlowId), executionArn, executions)) return { workFlowId };
  }
  const check = { flowName: 'CheckCluster', workFlowId, clusterId, at: attempt.createTime() } as const;
  if (!scratch) {
    // Only checks that the cluster exists; another operation may hold it.
    await lookAtLock(clusterId, clusters);
    await startCheck(check, deps);
    return { workFlowId };
  }
  storageBase(await deps.config.read(), deps);
  const since = timestamp(deps.clock);
  await lockCluster(clusterId, { status: 'BackUp', operationId: workFlowId, since }, clusters);
  await startCheck(check, deps, () => clusters.unlock(clusterId, workFlowId));
  return { workFlowId };
}

/**
 * @param releaseCluster releases the cluster; unset if it is not held
 * @throws ServiceError 40100, 40103
 */
export async function startCheck(
  {
    at,
    import: job,
    ...check
  }: Pick<CheckInput, 'flowName' | 'workFlowId' | 'clusterId'> & Pick<Workflow, 'import'> & { at: string },
  deps: StartWorkflowDeps,
  releaseCluster?: () => Promise<unknown>,
): Promise<void> {
  const { flowName, workFlowId } = check;
  const input: CheckInput = { ...check, backupId: workFlowId, maintenanceStatusChange: releaseCluster !== undefined };
  await withRollback(
    () => startWorkflow({ flowName, input, at, ...(job && { import: job }) }, deps),
    async () => {
      // As for a backup: an execution that begins too late finds neither its workflow nor its lock.
      if (!(await deps.workflows.removeUnstarted(workFlowId))) return false;
      await releaseCluster?.();
      return true;
    },
  );
}
