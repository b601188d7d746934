import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { tellEventBus } from '../../../../functions/adapters/events/event-bus.ts';
import { bindToLoopback, type LoopbackServer } from '../../../../infra/local/http/loopback-server.ts';

const KIND = { source: 'tidb.backup', detailType: 'Something Happened', version: '7' };

const putEvents = z.object({
  Entries: z.array(z.object({ Source: z.string(), DetailType: z.string(), Detail: z.string() })),
});

let server: LoopbackServer;
/** Events sent, call by call. */
let calls: z.infer<typeof putEvents>['Entries'][] = [];
/** Number of refused entries per call. */
let refused = 0;

beforeAll(async () => {
  server = await bindToLoopback(
    createServer(async (request, response) => {
      const { Entries } = putEvents.parse(await json(request));
      calls.push(Entries);
      const answers = Entries.map((_, index) =>
        index < refused ? { ErrorCode: 'InternalFailure' } : { EventId: `event-${index}` },
      );
      response.end(JSON.stringify({ FailedEntryCount: refused, Entries: answers }));
    }),
  );
  vi.stubEnv('AWS_ENDPOINT_URL_EVENTBRIDGE', server.url);
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
});
afterAll(() => server.close());
beforeEach(() => {
  calls = [];
  refused = 0;
});

it('the event bus gets all events, ten per call, each with its version', async () => {
  await tellEventBus(
    KIND,
    Array.from({ length: 23 }, (_, number) => ({ number })),
  );

  expect(calls.map((entries) => entries.length)).toEqual([10, 10, 3]);
  expect(calls.flat().map(({ Detail }) => JSON.parse(Detail))).toEqual(
    Array.from({ length: 23 }, (_, number) => ({ version: '7', number })),
  );
  expect(calls[0]?.[0]).toMatchObject({ Source: KIND.source, DetailType: KIND.detailType });
});

it('the event bus gets no empty call, which EventBridge would refuse', async () => {
  await tellEventBus(
    KIND,
    Array.from({ length: 20 }, () => ({})),
  );
  await tellEventBus(KIND, []);

  expect(calls.map((entries) => entries.length)).toEqual([10, 10]);
});

it('a call that fails for only one event fails: the publisher publishes all of them again', async () => {
  refused = 1;

  await expect(tellEventBus(KIND, [{}, {}])).rejects.toThrow(/^EventBridge refused 1 of 2 events: InternalFailure$/);
});
