import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { expect, it, vi } from 'vitest';
import { invokeLater } from '../../../../functions/adapters/lambda/invoke-later.ts';
import { bindToLoopback } from '../../../../infra/local/http/loopback-server.ts';

it('an event is handed to Lambda, which does not make the caller wait for the function', async () => {
  const invocations: unknown[] = [];
  const server = await bindToLoopback(
    createServer(async (request, response) => {
      const { url, headers } = request;
      invocations.push([url, headers['x-amz-invocation-type'], await json(request)]);
      response.writeHead(202).end();
    }),
  );
  vi.stubEnv('AWS_ENDPOINT_URL_LAMBDA', server.url);
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  try {
    await invokeLater('sweep', { time: '2026-03-01T12:00:00.000Z', rounds: 1 });
  } finally {
    vi.unstubAllEnvs();
    await server.close();
  }

  const event = { time: '2026-03-01T12:00:00.000Z', rounds: 1 };
  expect(invocations).toEqual([
    [expect.stringMatching(/^\/2015-03-31\/functions\/sweep\/invocations/), 'Event', event],
  ]);
});
