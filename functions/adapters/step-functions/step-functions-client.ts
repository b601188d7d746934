import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  type ExecutionStatus,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { CaughtError } from '../../domain/workflow/node-failure.ts';
import { type ExecutionState, endedExecution, executionInput } from '../../domain/workflow/workflow-executions.ts';
import { answerWithin } from '../shared/answer-within.ts';

/**
 * Step Functions calls of the API and of repair. A separate module, loaded on first use: most requests do not need it,
 * and the SDK client is a good part of a cold start.
 */
export function createStepFunctionsClient() {
  const client = new SFNClient({ requestHandler: answerWithin(5_000) });
  return {
    /** False if an execution with this name already existed, with other input or ended. */
    async start(stateMachineArn: string, name: string, input: string): Promise<boolean> {
      return await unless(ExecutionAlreadyExists, async () => {
        await client.send(new StartExecutionCommand({ stateMachineArn, name, input }));
      });
    },

    async exists(executionArn: string): Promise<boolean> {
      return await unless(ExecutionDoesNotExist, async () => {
        await client.send(new DescribeExecutionCommand({ executionArn }));
      });
    },

    async stateOf(executionArn: string): Promise<ExecutionState> {
      let state: ExecutionState = { state: 'absent' };
      await unless(ExecutionDoesNotExist, async () => {
        const told = await client.send(new DescribeExecutionCommand({ executionArn }));
        state = isRunning(told.status)
          ? { state: 'running', input: executionInput(told.input ?? '') }
          : { state: 'ended', ...endedExecution(told) };
      });
      return state;
    },

    async stop(executionArn: string, { Error: error, Cause: cause }: CaughtError): Promise<void> {
      await unless(ExecutionDoesNotExist, async () => {
        await client.send(new StopExecutionCommand({ executionArn, error, cause }));
      });
    },

    /**
     * All events, first to last. A call returns up to 1,000, enough for a run whose every node is retried to the end (a
     * test counts them); only a deletion that removes files for hours, in many runs, has more.
     */
    async history(executionArn: string): Promise<HistoryEvent[]> {
      const events: HistoryEvent[] = [];
      await unless(ExecutionDoesNotExist, async () => {
        let nextToken: string | undefined;
        do {
          const call = new GetExecutionHistoryCommand({ executionArn, maxResults: 1_000, nextToken });
          const answer = await client.send(call);
          events.push(...(answer.events ?? []));
          ({ nextToken } = answer);
        } while (nextToken !== undefined);
      });
      return events;
    },
  };
}

/** An execution waiting for a redrive will continue without notifying us. */
function isRunning(status: ExecutionStatus | undefined): boolean {
  return status === 'RUNNING' || status === 'PENDING_REDRIVE';
}

/** False if `work` was rejected for this reason. */
async function unless(refusal: new (...args: never[]) => Error, work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (error instanceof refusal) return false;
    throw error;
  }
}
