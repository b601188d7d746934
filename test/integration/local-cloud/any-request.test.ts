import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type LocalCloud, startLocalCloud } from '../../../infra/local/local-cloud.ts';
import { apiResources, functionResources } from './fixture-template.ts';

let cloud: LocalCloud;
beforeAll(async () => {
  cloud = await startLocalCloud({
    template: {
      Resources: {
        Items: {
          Type: 'AWS::DynamoDB::Table',
          Properties: {
            TableName: 'items',
            AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
            KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
            BillingMode: 'PAY_PER_REQUEST',
          },
        },
        ...functionResources({
          Echo: { code: 'export const handler = async ({ body }) => ({ statusCode: 200, body });' },
        }),
        ...apiResources({ 'POST /echo': 'Echo' }),
      },
    },
  });
});
afterAll(async () => {
  vi.restoreAllMocks();
  await cloud.stop();
});

const nested = (depth: number, open: string, close: string) => `${open.repeat(depth)}1${close.repeat(depth)}`;

const DEPTHS = [33, 1_000, 100_000];

describe('DynamoDB', () => {
  const send = async (action: string, body: string) =>
    await fetch(cloud.endpoints.dynamodb, {
      method: 'POST',
      headers: {
        'x-amz-target': `DynamoDB_20120810.${action}`,
        'content-type': 'application/x-amz-json-1.0',
        authorization: 'AWS4-HMAC-SHA256 Credential=LOCAL/x/y/z, Signature=s',
      },
      body,
    });

  it.each([33, 1_000, 100_000])('refuses an attribute of %s levels, and keeps running', async (depth) => {
    for (const value of [
      nested(depth, '{"M":{"a":', '}}').replace('1', '{"N":"1"}'),
      nested(depth, '{"L":[', ']}').replace('1', '{"N":"1"}'),
    ]) {
      const answer = await send('PutItem', `{"TableName":"items","Item":{"id":{"S":"deep"},"x":${value}}}`);

      expect(answer.status, await answer.text()).toBe(400);
    }
    const answer = await send('GetItem', '{"TableName":"items","Key":{"id":{"S":"deep"}}}');
    expect(await answer.json()).toEqual({});
  });

  it('stores one of 32', async () => {
    const value = nested(32, '{"L":[', ']}').replace('1', '{"N":"1"}');

    expect((await send('PutItem', `{"TableName":"items","Item":{"id":{"S":"32"},"x":${value}}}`)).status).toBe(200);
  });
});

it.each(DEPTHS)('the API passes on a body of %s levels', async (depth) => {
  const { origin } = new URL(cloud.api);
  const body = nested(depth, '{"a":', '}');

  const answer = await fetch(`${origin}/echo`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });

  expect([answer.status, await answer.text()]).toEqual([200, body]);
});

describe.each(DEPTHS)('JSON of %s levels', (depth) => {
  const deep = nested(depth, '{"a":', '}');
  const TARGETS = {
    stepfunctions: 'AWSStepFunctions.StartExecution',
    secretsmanager: 'secretsmanager.CreateSecret',
    eventbridge: 'AWSEvents.PutEvents',
    sqs: 'AmazonSQS.SendMessage',
    dynamodb: 'DynamoDB_20120810.Query',
    lambda: '',
    s3: '',
  } as const;

  it.each(Object.entries(TARGETS))('is answered by %s', async (name, target) => {
    for (const body of [
      deep,
      `[${deep}]`,
      `{"input":${deep},"Name":${deep},"Entries":[{"Detail":${JSON.stringify(deep)}}]}`,
    ]) {
      const url = `${cloud.endpoints[name as keyof typeof TARGETS]}${name === 'lambda' ? '/2015-03-31/functions/Echo/invocations' : '/'}`;
      const answer = await fetch(url, {
        method: 'POST',
        headers: {
          ...(target && { 'x-amz-target': target }),
          authorization: 'AWS4-HMAC-SHA256 Credential=LOCAL/x/y/z, Signature=s',
        },
        body,
      });
      expect((await answer.text()).length).toBeGreaterThanOrEqual(0);
    }
  });
});

describe('malformed bytes', () => {
  const HOST = 'Host: localhost';
  const RAW = [
    ['GARBAGE', '', ''],
    ['GET http://[::1 HTTP/1.1', HOST, '', ''],
    ['GET // HTTP/1.1', HOST, '', ''],
    ['GET /echo?%zz=%zz&=&&a HTTP/1.1', HOST, '', ''],
    ['GET /%ff%00%2f HTTP/1.1', HOST, '', ''],
    ['POST /2015-03-31/functions/%zz/invocations HTTP/1.1', HOST, 'Content-Length: 0', '', ''],
    ['OPTIONS * HTTP/1.1', HOST, '', ''],
    ['CONNECT localhost:1 HTTP/1.1', HOST, '', ''],
    ['GET /echo HTTP/1.1', HOST, 'Connection: Upgrade', 'Upgrade: websocket', '', ''],
    ['POST /echo HTTP/1.1', HOST, 'Transfer-Encoding: chunked', '', 'zz', ''],
    ['POST /echo HTTP/1.1', HOST, 'Content-Length: 1000', '', 'short'],
    ['POST /echo HTTP/1.1', HOST, 'Content-Type: \u0001', 'Content-Length: 2', '', '\ud800'],
    ['PUT /items/a HTTP/1.1', HOST, 'x-amz-copy-source: %zz', 'x-amz-target: ..', 'Content-Length: 0', '', ''],
  ];

  it('end no endpoint', async () => {
    vi.spyOn(console, 'error').mockReturnValue();
    const urls = [cloud.api, ...Object.values(cloud.endpoints)];
    for (const url of urls) {
      const { hostname, port } = new URL(url);
      for (const lines of RAW) {
        const socket = connect(Number(port), hostname);
        socket.on('error', () => undefined);
        socket.end(lines.join('\r\n'));
        socket.resume();
        await Promise.race([once(socket, 'close'), delay(500)]);
        socket.destroy();
      }
    }

    for (const url of urls) expect((await fetch(url)).status).toBeGreaterThanOrEqual(200);
  });
});
