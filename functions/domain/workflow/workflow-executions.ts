import * as z from 'zod/mini';
import { assertNever } from '../shared/assert-never.ts';
import { isNodeFailureName } from './failure-table.ts';
import type { CaughtError } from './node-failure.ts';
import { type FlowName, type OperationInput, operationInput } from './workflow.ts';

/** The executions of workflows, as the operations see them. */
export interface WorkflowExecutions {
  /** The ARN that the execution of this workflow has, or will have. */
  arnOf(flowName: FlowName, workFlowId: string): string;
  /**
   * Starts the execution named by the workflow's id; one that is there already is left alone. After a rejection it may run
   * nevertheless: the answer may have been lost.
   * @returns false if the one that is there does not run (any more)
   */
  start(flowName: FlowName, input: OperationInput): Promise<boolean>;
  exists(executionArn: string): Promise<boolean>;
}

/** Ends executions for good. */
export interface StoppableExecutions {
  /** One that does not run any more is left as it is. A function that it has invoked runs on, unheard. */
  stop(executionArn: string, reason: CaughtError): Promise<void>;
}

/** An execution that has ended: what it was started with, and why it ended. */
export interface EndedExecution {
  input: OperationInput;
  reason: CaughtError;
}

export type ExecutionState =
  /** `input` is what it was started with. */
  | { state: 'running'; input: OperationInput }
  /** It was never started; or 90 days ago, which is when Step Functions forgets. */
  | { state: 'absent' }
  | ({ state: 'ended' } & EndedExecution);

export interface ExecutionStates {
  stateOf(executionArn: string): Promise<ExecutionState>;
}

/** What Step Functions tells of an ended execution, when it is asked and in its events alike. */
const toldOfEnd = z.object({
  status: z.enum(['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED']),
  input: z.string(),
  error: z.nullish(z.string()),
  cause: z.nullish(z.string()),
});

/** What else a workflow was told stays in its input: its nodes may need it. */
const wholeInput = z.looseObject(operationInput.shape);

/** @throws zod's error */
export function endedExecution(told: unknown): EndedExecution {
  const { status, input, error, cause } = toldOfEnd.parse(told);
  return { input: executionInput(input), reason: reasonOf(status, error, cause) };
}

/** @throws zod's error */
export function executionInput(text: string): OperationInput {
  return wholeInput.parse(JSON.parse(text));
}

function reasonOf(
  status: z.infer<typeof toldOfEnd>['status'],
  error: string | null | undefined,
  cause: string | null | undefined,
): CaughtError {
  switch (status) {
    case 'FAILED':
      return { Error: error ?? 'States.TaskFailed', Cause: cause ?? 'the workflow failed' };
    case 'TIMED_OUT':
      return { Error: 'States.Timeout', Cause: 'the workflow ran out of its time' };
    case 'ABORTED':
      // Repair stops in its own words what is given up.
      if (error && isNodeFailureName(error)) return { Error: error, Cause: cause ?? '' };
      // `cause` is what whoever stopped it has to say.
      return { Error: 'WorkflowStopped', Cause: `the workflow was stopped${cause ? `: ${cause}` : ''}` };
    case 'SUCCEEDED':
      return { Error: 'WorkflowEnded', Cause: 'the workflow ended and left its last steps undone' };
    default:
      return assertNever(status);
  }
}

/** What a node of an execution did. Times as everywhere: RFC 3339 in UTC, with milliseconds. */
export interface NodeRun {
  id: string;
  name: string;
  /** JSON that the node was given. */
  parameters: string;
  /** JSON that it answered, or why it failed; empty while it runs. */
  result: string;
  status: 'Processing' | 'Finished' | 'Error' | 'Canceled';
  startTime: string;
  endTime?: string;
}

export interface ExecutionHistories {
  /** In the order in which they began; empty: the execution is not known (any more: Step Functions forgets after 90 days). */
  nodeRuns(executionArn: string): Promise<NodeRun[]>;
}
