import type { FlowName } from '../domain/workflow.ts';
import type { ExecutionHistories, ExecutionStates, WorkflowExecutions } from '../domain/workflow-executions.ts';
import { nodeRunsOf } from './node-runs.ts';
import { once } from './once.ts';

const stepFunctions = once(async () => {
  const { createStepFunctionsClient } = await import('./step-functions-client.ts');
  return createStepFunctionsClient();
});

/** Those that the function may start. */
export type StateMachineArns = Readonly<Partial<Record<FlowName, string>>>;

/** Executions of our state machines. They are STANDARD ones: their names are unique for 90 days, which makes a start happen once. */
export function createWorkflowExecutions(arns: StateMachineArns): WorkflowExecutions {
  return {
    arnOf: (flowName, workFlowId) =>
      `${stateMachineOf(flowName, arns).replace(':stateMachine:', ':execution:')}:${workFlowId}`,

    async start(flowName, input) {
      const { start } = await stepFunctions();
      return await start(stateMachineOf(flowName, arns), input.workFlowId, JSON.stringify(input));
    },

    async exists(executionArn) {
      return await (await stepFunctions()).exists(executionArn);
    },
  };
}

export function createExecutionStates(): ExecutionStates {
  return {
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
  if (arn === undefined) throw new Error(`the function was given no state machine for ${flowName}`);
  return arn;
}
