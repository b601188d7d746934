import { json } from 'node:stream/consumers';
import { vi } from 'vitest';
import * as z from 'zod';
import { listenOnLoopback } from '../../infra/local/http/loopback-server.ts';

const startExecution = z.object({
  stateMachineArn: z.string(),
  name: z.string(),
  input: z.string().transform((text): unknown => JSON.parse(text)),
});

export interface StartedExecutions {
  /** In order of start. */
  readonly started: z.infer<typeof startExecution>[];
  /** Set: Step Functions is unavailable. */
  isAway: boolean;
  stop(): Promise<void>;
}

/** A Step Functions that accepts executions and runs none. Clients made afterwards find it through the environment. */
export async function takeExecutions(): Promise<StartedExecutions> {
  const started: StartedExecutions['started'] = [];
  const server = await listenOnLoopback(async (request, response) => {
    const call = startExecution.parse(await json(request));
    if (taken.isAway) {
      response
        .writeHead(400, { 'content-type': 'application/x-amz-json-1.0' })
        .end('{"__type":"StateMachineDeleting"}');
      return;
    }
    started.push(call);
    const answer = { executionArn: `${call.stateMachineArn}:${call.name}`, startDate: 0 };
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(answer));
  });
  vi.stubEnv('AWS_ENDPOINT_URL_SFN', server.url);
  const taken: StartedExecutions = { started, isAway: false, stop: () => server.close() };
  return taken;
}
