import {
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  SFNClient,
} from '@aws-sdk/client-sfn';
import { answerWithin } from './answer-within.ts';

/** The task of an execution that waits for this token. A call is refused when it waits no longer: it timed out, or was stopped. */
export function createTaskToken(taskToken: string) {
  const client = new SFNClient({ requestHandler: answerWithin(5_000) });
  return {
    async heartbeat(): Promise<void> {
      await client.send(new SendTaskHeartbeatCommand({ taskToken }));
    },

    async succeed(result: unknown): Promise<void> {
      await client.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(result) }));
    },

    /** @param error what `Retry` and `Catch` compare */
    async fail(error: string, cause: string): Promise<void> {
      await client.send(new SendTaskFailureCommand({ taskToken, error, cause }));
    },
  };
}
