import type { FlowName, OperationInput } from '../../domain/workflow/workflow.ts';
import type {
  ExecutionHistories,
  ExecutionStates,
  StoppableExecutions,
  WorkflowExecutions,
} from '../../domain/workflow/workflow-executions.ts';
import { correlationOf } from '../../log.ts';
import { once } from '../shared/once.ts';
import { nodeRunsOf } from './node-runs.ts';

const stepFunctions = once(async () => {
  const { createStepFunctionsClient } = await import('./step-functions-client.ts');
  return createStepFunctionsClient();
});

/** The state machines that the function may start. */
export type StateMachineArns = Readonly<Partial<Record<FlowName, string | undefined>>>;

/**
 * Executions of our state machines. They are STANDARD: their names are unique for 90 days, so a start happens only
 * once.
 */
export function createWorkflowExecutions(arns: StateMachineArns): WorkflowExecutions {
  const arnOf: WorkflowExecutions['arnOf'] = (flowName, workFlowId) =>
    `${stateMachineOf(flowName, arns).replace(':stateMachine:', ':execution:')}:${workFlowId}`;

  return {
    arnOf,

    async start(flowName, input) {
      const { start, stateOf } = await stepFunctions();
      const { workFlowId } = input;
      const told: OperationInput = { ...input, correlationId: correlationOf(workFlowId) };
      if (await start(stateMachineOf(flowName, arns), workFlowId, JSON.stringify(told))) return true;
      // Also refused if another request started it and it is running: under one name, only the correlation id differs.
      return (await stateOf(arnOf(flowName, workFlowId))).state === 'running';
    },

    async exists(executionArn) {
      return await (await stepFunctions()).exists(executionArn);
    },
  };
}

export function createExecutionStates(): ExecutionStates & StoppableExecutions {
  return {
    async stop(executionArn, reason) {
      await (await stepFunctions()).stop(executionArn, reason);
    },

    async stateOf(executionArn) {
      return await (await stepFunctions()).stateOf(executionArn);
    },
  };
}

export function createExecutionHistories(): ExecutionHistories {
  return {
    async nodeRuns(executionArn) {
      return nodeRunsOf(await (await stepFunctions()).history(executionArn));
    },
  };
}

function stateMachineOf(flowName: FlowName, arns: StateMachineArns): string {
  const arn = arns[flowName];
  if (arn === undefined) throw new Error(`the function has no state machine for ${flowName}`);
  return arn;
}
