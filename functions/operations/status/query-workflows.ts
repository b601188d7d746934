import { quoteInput, ServiceError } from '../../domain/shared/errors.ts';
import type { Page, PageRequest } from '../../domain/shared/page.ts';
import type { Workflow } from '../../domain/workflow/workflow.ts';
import type { ExecutionHistories, NodeRun } from '../../domain/workflow/workflow-executions.ts';
import type { WorkflowFilter, WorkflowStore } from '../../domain/workflow/workflow-store.ts';
import { wrapErrors } from '../shared/wrap-errors.ts';

export interface QueryWorkflowsDeps {
  workflows: Pick<WorkflowStore, 'get' | 'list'>;
  histories: ExecutionHistories;
}

/** @throws ServiceError 40101 */
export async function queryWorkflows(
  filter: WorkflowFilter,
  page: PageRequest,
  { workflows }: Pick<QueryWorkflowsDeps, 'workflows'>,
): Promise<Page<Workflow>> {
  return await wrapErrors('TIEM_WORKFLOW_QUERY_FAILED', workflows.list(filter, page));
}

/**
 * A workflow with the runs of its nodes.
 * @throws ServiceError 10001 there is no such workflow; 40102
 */
export async function workflowDetail(
  workFlowId: string,
  { workflows, histories }: QueryWorkflowsDeps,
): Promise<{ workflow: Workflow; nodes: NodeRun[] }> {
  const workflow = await wrapErrors('TIEM_WORKFLOW_DETAIL_FAILED', workflows.get(workFlowId));
  if (workflow === undefined) {
    // TiEM has no error for a missing workflow, and its workflow errors (HTTP 500) mean that the service failed.
    throw new ServiceError('TIEM_PARAMETER_INVALID', `workFlowId: there is no workflow ${quoteInput(workFlowId)}`);
  }
  const nodes = await wrapErrors('TIEM_WORKFLOW_DETAIL_FAILED', histories.nodeRuns(workflow.executionArn));
  return { workflow, nodes };
}
