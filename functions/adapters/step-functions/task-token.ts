import {
  InvalidToken,
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  SFNClient,
  TaskDoesNotExist,
  TaskTimedOut,
} from '@aws-sdk/client-sfn';
import type { WaitingWorkflow } from '../../domain/workflow/waiting-workflow.ts';
import { answerWithin } from '../shared/answer-within.ts';

/** Limits of SendTaskFailure, in characters. */
const MAX_ERROR = 256;
const MAX_CAUSE = 32_768;

/** The execution that issued this token, in a task with `.waitForTaskToken`. */
export function createWaitingWorkflow(taskToken: string): WaitingWorkflow {
  const client = new SFNClient({ requestHandler: answerWithin(5_000) });
  return {
    beat: () => isHeard(client.send(new SendTaskHeartbeatCommand({ taskToken }))),

    succeed: (result) =>
      isHeard(client.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(result ?? null) }))),

    fail: ({ Error: name, Cause }) => {
      const [error, cause] = [name.slice(0, MAX_ERROR), Cause.slice(0, MAX_CAUSE)];
      return isHeard(client.send(new SendTaskFailureCommand({ taskToken, error, cause })));
    },
  };
}

/** The first result uses up a token; a missed heartbeat, or the end of the execution, invalidates it. */
async function isHeard(call: Promise<unknown>): Promise<boolean> {
  try {
    await call;
    return true;
  } catch (error) {
    const isOver = error instanceof TaskTimedOut || error instanceof TaskDoesNotExist || error instanceof InvalidToken;
    if (isOver) return false;
    throw error;
  }
}
