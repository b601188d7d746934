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
  /** What it is about; absent: the cluster that it works on. */
  bizId?: string;
  at: string;
}

/**
 * Writes a workflow and starts its execution. The caller, which holds the cluster, takes the workflow back if this fails.
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
    // A call without an answer may have started it all the same: look, before what it needs is taken away.
    if (await executions.exists(executionArn)) return true;
    throw error;
  });
  if (await wrapErrors('TIEM_WORKFLOW_START_FAILED', started)) return;
  // Nothing runs under a name that is used up; to go on would hold the cluster for nobody.
  throw new ServiceError('TIEM_WORKFLOW_START_FAILED', 'an execution of this name has ended already');
}

/**
 * Whether a request that was cut off had started its execution, which may be over by now: then only its answer is missing.
 * Otherwise all of it is done once more, and each step knows what it has made before.
 * @param item the first thing that the operation writes, which its execution is the next to change
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
 * Does `work`, and takes it back if it fails.
 * @param takeBack is told the failure; false: what was started runs after all and cannot be taken back, which is as good as if `work` had succeeded
 * @throws the failure of `work`; if taking back fails as well, with both as its cause
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
