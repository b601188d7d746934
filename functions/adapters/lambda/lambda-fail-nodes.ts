import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import * as z from 'zod/mini';
import type { EndedByFailNode, FailNodes } from '../../domain/workflow/fail-nodes.ts';
import { originalError } from '../../domain/workflow/node-failure.ts';
import { answerWithin } from '../shared/answer-within.ts';

/** A little more than such a node may take: its function's timeout is five minutes. */
const ANSWER_WITHIN_MS = 310_000;

/** What Lambda answers of a function that threw. */
const thrown = z.object({ errorType: z.string() });

/** The nodes' own functions, invoked outside of an execution: so each repair has the rights of its node, and no other. */
export function createFailNodes(functionArns: Readonly<Record<EndedByFailNode, string>>): FailNodes {
  // Repeating it is the next sweep's business.
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
      // A node that has done its work throws this, and nothing else that it may end in has the name.
      if (errorType !== originalError(reason).name)
        throw new Error(`the fail node of ${flowName} could not do its work: ${errorType}`);
    },
  };
}
