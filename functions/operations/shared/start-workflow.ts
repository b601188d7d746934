import { ServiceError } from '../../domain/shared/errors.ts';
import type { OperationInput, Workflow } from '../../domain/workflow/workflow.ts';
import type { WorkflowExecutions } from '../../domain/workflow/workflow-executions.ts';
import type { WorkflowStore } from '../../domain/workflow/workflow-store.ts';
import { correlationOf } from '../../log.ts';
import { wrapErrors } from './wrap-errors.ts';

export interface StartWorkflowDeps {
  workflows: Pick<WorkflowStore, 'create' | 'removeUnstarted'>;
  executions: WorkflowExecutions;
}

interface WorkflowStart extends Pick<Workflow, 'flowName' | 'newCluster' | 'assertions' | 'import'> {
  input: OperationInput;
  /** Its subject; defaults to the cluster that it works on. */
  bizId?: string;
  at: string;
}

/**
 * Writes a workflow and starts its execution. If this fails, the caller, which holds the cluster, rolls the workflow
 * back.
 * @throws ServiceError 40100 it could not be written; 40103 it could not be started
 */
export async function startWorkflow(
  { flowName, input, bizId = input.clusterId, at, newCluster, assertions, import: job }: WorkflowStart,
  { workflows, executions }: StartWorkflowDeps,
): Promise<void> {
  const executionArn = executions.arnOf(flowName, input.workFlowId);
  const created = workflows.create({
    workFlowId: input.workFlowId,
    flowName,
    bizId,
    executionArn,
    status: 'Initializing',
    correlationId: correlationOf(input.workFlowId),
    ...(newCluster && { newCluster }),
    ...(assertions && { assertions }),
    ...(job && { import: job }),
    createTime: at,
    updateTime: at,
  });
  await wrapErrors('TIEM_WORKFLOW_CREATE_FAILED', created);
  const started = executions.start(flowName, input).catch(async (error: unknown) => {
    // A call without an answer may still have started it: check before its prerequisites are removed.
    if (await executions.exists(executionArn)) return true;
    throw error;
  });
  if (await wrapErrors('TIEM_WORKFLOW_START_FAILED', started)) return;
  // The name is used up, so nothing will ever run under it; going on would hold the cluster forever.
  throw new ServiceError('TIEM_WORKFLOW_START_FAILED', 'an execution with this name has already ended');
}

/**
 * Whether a request that was cut off had started its execution, which may have ended since: then only the answer is
 * missing. Otherwise the request is carried out again, and each step recognizes what it has already created.
 * @param item the first item that the operation writes, which only its execution changes afterwards
 */
export async function wasStarted(
  item: { status: string } | undefined,
  executionArn: string,
  executions: Pick<WorkflowExecutions, 'exists'>,
): Promise<boolean> {
  if (item === undefined) return false;
  return item.status !== 'Initializing' || (await executions.exists(executionArn));
}

/**
 * Runs `work`, and rolls it back if it fails.
 * @param takeBack gets the failure; returns false if the started work is running after all and cannot be rolled back,
 * which counts as success
 * @throws the failure of `work`; if the rollback fails as well, with both as its cause
 */
export async function withRollback(
  work: () => Promise<void>,
  takeBack: (failure: unknown) => Promise<boolean>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    const takenBack = await takeBack(error).catch((undoError: unknown) => {
      throw new AggregateError([error, undoError], 'an operation failed, and so did undoing it');
    });
    if (takenBack) throw error;
  }
}
