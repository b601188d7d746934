import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createExecutionHistories } from '../../../../functions/adapters/step-functions/workflow-executions.ts';

const entered = (id: number) => ({
  id,
  timestamp: 1_772_360_000 + id,
  type: 'TaskStateEntered',
  stateEnteredEventDetails: { name: `node-${id}`, input: '{}' },
});

/** A Step Functions with a history of two pages. */
let stepFunctions: Server;
const asked: unknown[] = [];
beforeAll(async () => {
  stepFunctions = createServer(async (request, response) => {
    const input: { nextToken?: string } = JSON.parse((await request.toArray()).join(''));
    asked.push(input);
    const page = input.nextToken === undefined ? { events: [entered(1)], nextToken: 'more' } : { events: [entered(2)] };
    response.setHeader('content-type', 'application/x-amz-json-1.0').end(JSON.stringify(page));
  });
  stepFunctions.listen(0, '127.0.0.1');
  await once(stepFunctions, 'listening');
  vi.stubEnv('AWS_ENDPOINT_URL_SFN', `http://127.0.0.1:${(stepFunctions.address() as AddressInfo).port}`);
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
});
afterAll(async () => {
  vi.unstubAllEnvs();
  stepFunctions.closeAllConnections();
  stepFunctions.close();
  await once(stepFunctions, 'close');
});

it('a history of several pages is read to its end', async () => {
  const executionArn = 'arn:aws:states:us-east-1:111122223333:execution:deletion:1';

  const runs = await createExecutionHistories().nodeRuns(executionArn);

  expect(runs.map(({ name }) => name)).toEqual(['node-1', 'node-2']);
  expect(asked).toEqual([
    { executionArn, maxResults: 1_000 },
    { executionArn, maxResults: 1_000, nextToken: 'more' },
  ]);
});
