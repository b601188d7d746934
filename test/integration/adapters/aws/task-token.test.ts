import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createWaitingWorkflow } from '../../../../functions/adapters/step-functions/task-token.ts';
import type { WaitingWorkflow } from '../../../../functions/domain/workflow/waiting-workflow.ts';

const TOKEN = 'a-token';

/** A Step Functions that answers each call with the next given answer, and finally with success. */
let stepFunctions: Server;
let answers: (string | 'drop')[] = [];
let asked: [string, unknown][] = [];
beforeAll(async () => {
  stepFunctions = createServer(async (request, response) => {
    const action = String(request.headers['x-amz-target']).split('.').at(-1) ?? '';
    asked.push([action, JSON.parse((await request.toArray()).join(''))]);
    const next = answers.shift();
    if (next === 'drop') {
      request.socket.destroy();
      return;
    }
    response.setHeader('content-type', 'application/x-amz-json-1.0');
    if (next !== undefined) response.statusCode = next === 'InternalServerError' ? 500 : 400;
    response.end(JSON.stringify(next === undefined ? {} : { __type: next, message: 'refused' }));
  });
  stepFunctions.listen(0, '127.0.0.1');
  await once(stepFunctions, 'listening');
  vi.stubEnv('AWS_ENDPOINT_URL_SFN', `http://127.0.0.1:${(stepFunctions.address() as AddressInfo).port}`);
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
});
beforeEach(() => {
  asked = [];
  answers = [];
});
afterAll(async () => {
  vi.unstubAllEnvs();
  stepFunctions.closeAllConnections();
  stepFunctions.close();
  await once(stepFunctions, 'close');
});

const CALLS: [string, (workflow: WaitingWorkflow) => Promise<boolean>, object][] = [
  ['SendTaskHeartbeat', (workflow) => workflow.beat(), {}],
  ['SendTaskSuccess', (workflow) => workflow.succeed({ attempt: 1 }), { output: '{"attempt":1}' }],
  ['SendTaskFailure', (workflow) => workflow.fail({ Error: 'Name', Cause: '{}' }), { error: 'Name', cause: '{}' }],
];

describe.each(CALLS)('%s', (action, call, input) => {
  it('names the token', async () => {
    expect(await call(createWaitingWorkflow(TOKEN))).toBe(true);

    expect(asked).toEqual([[action, { taskToken: TOKEN, ...input }]]);
  });

  it.each(['TaskTimedOut', 'InvalidToken', 'TaskDoesNotExist'])('reports that no one waits, by %s', async (name) => {
    answers = [name];

    expect(await call(createWaitingWorkflow(TOKEN))).toBe(false);

    expect(asked).toHaveLength(1);
  });

  it("is repeated if its answer was lost: the first one's success then appears as a missing waiter", async () => {
    answers = ['drop', 'TaskTimedOut'];

    expect(await call(createWaitingWorkflow(TOKEN))).toBe(false);

    expect(asked.map(([name]) => name)).toEqual([action, action]);
  });

  it('rejects each time when Step Functions itself fails', async () => {
    answers = Array.from({ length: 3 }, () => 'InternalServerError');

    await expect(call(createWaitingWorkflow(TOKEN))).rejects.toThrow();
  });
});

it('a failure is reported within the limits of Step Functions', async () => {
  await createWaitingWorkflow(TOKEN).fail({ Error: 'N'.repeat(300), Cause: 'c'.repeat(40_000) });

  const [[, { error, cause }] = ['', {}]] = asked as [string, { error?: string; cause?: string }][];
  expect([error?.length, cause?.length]).toEqual([256, 32_768]);
});
