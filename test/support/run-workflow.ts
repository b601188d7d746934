import { type RunOptions, StateMachine } from 'aws-local-stepfunctions';
import { readStateMachineDefinition } from '../../infra/constructs/workflows/state-machine-definition.ts';

type Json = Parameters<StateMachine['run']>[0];

/** The implementation of each Task state, by name. Step Functions sees a node's error as Lambda reports it. */
export type Nodes = Readonly<Record<string, (input: never) => unknown>>;

/** How a run ended, and what was invoked on the way. */
export interface WorkflowRun {
  /** Unset if it succeeded. */
  error?: string;
  cause?: string;
  /** States in the order in which their functions were invoked, one entry per attempt. */
  invoked: string[];
}

/** Runs one of our state machines in this process, on the local cloud's interpreter, without its pauses. */
export async function runWorkflow(file: string, input: object, nodes: Nodes): Promise<WorkflowRun> {
  // The local cloud checks whether it is well-formed; checking in each run would take longer than the run.
  const machine = new StateMachine(JSON.parse(readStateMachineDefinition(file)), {
    validationOptions: { noValidate: true },
  });
  const invoked: string[] = [];
  const handlers = Object.entries(nodes).map(([state, node]) => [
    state,
    async (nodeInput: Json): Promise<Json> => {
      invoked.push(state);
      // Results pass as JSON, as between Lambda functions.
      return JSON.parse(JSON.stringify((await asLambda(() => node(nodeInput as never))) ?? null));
    },
  ]);
  const overrides: RunOptions['overrides'] = {
    taskResourceLocalHandlers: Object.fromEntries(handlers),
    retryIntervalOverrides: Object.fromEntries(Object.keys(nodes).map((state) => [state, 0])),
  };
  const context = {
    Execution: { Id: 'arn:aws:states:us-east-1:111122223333:execution:w:1' },
    Task: { Token: 'a-token' },
  };
  try {
    await machine.run(structuredClone(input) as Json, { overrides, context }).result;
    return { invoked };
  } catch (failure) {
    const error = failure instanceof Error && failure.cause instanceof Error ? failure.cause : failure;
    if (!(error instanceof Error)) throw failure;
    return { error: error.name, cause: error.message, invoked };
  }
}

/** A function's error: its name, and JSON as its cause. */
async function asLambda(node: () => unknown): Promise<unknown> {
  try {
    return await node();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const cause = JSON.stringify({ errorType: error.name, errorMessage: error.message, trace: [] });
    throw Object.assign(new Error(cause), { name: error.name });
  }
}
