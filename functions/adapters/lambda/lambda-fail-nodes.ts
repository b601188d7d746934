import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import * as z from 'zod/mini';
import type { EndedByFailNode, FailNodes } from '../../domain/workflow/fail-nodes.ts';
import { originalError } from '../../domain/workflow/node-failure.ts';
import { answerWithin } from '../shared/answer-within.ts';

/** A bit more than the five-minute timeout of such a node's function. */
const ANSWER_WITHIN_MS = 310_000;

/** Lambda's answer for a function that threw. */
const thrown = z.object({ errorType: z.string() });

/**
 * Invokes the nodes' own functions outside of an execution, so that each repair has the rights of its node and no
 * others.
 */
export function createFailNodes(functionArns: Readonly<Record<EndedByFailNode, string>>): FailNodes {
  // The next sweep retries.
  const client = new LambdaClient({
    maxAttempts: 1,
    requestHandler: answerWithin(ANSWER_WITHIN_MS),
  });
  return {
    async run(flowName, input, reason) {
      const FunctionName = functionArns[flowName];
      const Payload = JSON.stringify({ ...input, error: reason });
      const answer = await client.send(new InvokeCommand({ FunctionName, Payload }));
      const { errorType } = thrown.parse(JSON.parse(answer.Payload?.transformToString() ?? 'null'));
      // A node that has done its work throws this, and it ends with no other error of this name.
      if (errorType !== originalError(reason).name)
        throw new Error(`the fail node of ${flowName} failed: ${errorType}`);
    },
  };
}
