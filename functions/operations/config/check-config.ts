import type { Attempt } from '../../domain/shared/request-attempt.ts';
import { CONFIG } from '../../domain/workflow/workflow.ts';
import type { WorkflowStore } from '../../domain/workflow/workflow-store.ts';
import { startCheck } from '../cluster/check-cluster.ts';
import { type StartWorkflowDeps, wasStarted } from '../shared/start-workflow.ts';

export interface CheckConfigDeps extends StartWorkflowDeps {
  workflows: StartWorkflowDeps['workflows'] & Pick<WorkflowStore, 'get'>;
  attempt: Attempt;
}

/**
 * Starts a check of the configured store.
 * @throws ServiceError 40100, 40103
 */
export async function checkConfig(deps: CheckConfigDeps): Promise<{ workFlowId: string }> {
  const { attempt, workflows, executions } = deps;
  const workFlowId = attempt.newId();
  if (attempt.isRepeated) {
    const executionArn = executions.arnOf('CheckConfig', workFlowId);
    if (await wasStarted(await workflows.get(workFlowId), executionArn, executions)) return { workFlowId };
  }
  const at = attempt.createTime();
  await startCheck({ flowName: 'CheckConfig', workFlowId, clusterId: CONFIG, at }, deps);
  return { workFlowId };
}
