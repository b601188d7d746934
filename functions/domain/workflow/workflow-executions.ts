import * as z from 'zod/mini';
import { assertNever } from '../shared/assert-never.ts';
import { isNodeFailureName } from './failure-table.ts';
import type { CaughtError } from './node-failure.ts';
import { type FlowName, type OperationInput, operationInput } from './workflow.ts';

/** Executions of workflows, as the operations see them. */
export interface WorkflowExecutions {
  /** The ARN that this workflow's execution has, or will have. */
  arnOf(flowName: FlowName, workFlowId: string): string;
  /**
   * Starts the execution named by the workflow's id; an existing one is left alone. After a rejection it may still run,
   * because only the answer may have been lost.
   * @returns false if the existing one does not run (any more)
   */
  start(flowName: FlowName, input: OperationInput): Promise<boolean>;
  exists(executionArn: string): Promise<boolean>;
}

/** Step Functions accepts no more starts for now, although they were retried for a while. */
export class StartsThrottled extends Error {
  override readonly name = 'StartsThrottled';
}

/** Stops executions permanently. */
export interface StoppableExecutions {
  /** Ignored for an execution that has ended. A function that it invoked keeps running, but its result is lost. */
  stop(executionArn: string, reason: CaughtError): Promise<void>;
}

/** An execution that has ended, with its input and the reason. */
export interface EndedExecution {
  input: OperationInput;
  reason: CaughtError;
}

export type ExecutionState =
  /** With its input. */
  | { state: 'running'; input: OperationInput }
  /** Never started, or over 90 days ago, when Step Functions forgets it. */
  | { state: 'absent' }
  | ({ state: 'ended' } & EndedExecution);

export interface ExecutionStates {
  stateOf(executionArn: string): Promise<ExecutionState>;
}

/** How Step Functions describes an ended execution, in its answers and its events alike. */
const toldOfEnd = z.object({
  status: z.enum(['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED']),
  input: z.string(),
  error: z.nullish(z.string()),
  cause: z.nullish(z.string()),
});

/** Keeps other input fields, because the workflow's nodes may need them. */
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
      // Repair stops executions with its own error names.
      if (error && isNodeFailureName(error)) return { Error: error, Cause: cause ?? '' };
      // `cause` is the explanation of whoever stopped it.
      return { Error: 'WorkflowStopped', Cause: `the workflow was stopped${cause ? `: ${cause}` : ''}` };
    case 'SUCCEEDED':
      return { Error: 'WorkflowEnded', Cause: 'the workflow ended and left its last steps undone' };
    default:
      return assertNever(status);
  }
}

/** One run of a node in an execution. Times are RFC 3339 in UTC, with milliseconds. */
export interface NodeRun {
  id: string;
  name: string;
  /** The node's input, as JSON. */
  parameters: string;
  /** The node's output as JSON, or why it failed; empty while it runs. */
  result: string;
  status: 'Processing' | 'Finished' | 'Error' | 'Canceled';
  startTime: string;
  endTime?: string;
}

export interface ExecutionHistories {
  /** In order of start; empty if the execution is unknown (Step Functions forgets it after 90 days). */
  nodeRuns(executionArn: string): Promise<NodeRun[]>;
}
