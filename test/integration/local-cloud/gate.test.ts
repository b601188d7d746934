import { randomUUID } from 'node:crypto';
import { ListTablesCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DeleteObjectsCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { CreateSecretCommand, ListSecretsCommand } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { AwsError } from '../../../infra/local/aws/aws-error.ts';
import type { Admission, AwsGate, PendingAwsCall, Release } from '../../../infra/local/aws/gate.ts';
import { type LocalCloud, startLocalCloud } from '../../../infra/local/local-cloud.ts';
import { functionResources } from './fixture-template.ts';
import { sdkClients } from './sdk-clients.ts';

/** A function that calls Secrets Manager like an SDK client, signed with its process's key. */
const CALLER = `export const handler = async () => {
  const answer = await fetch(process.env.AWS_ENDPOINT_URL_SECRETS_MANAGER, {
    method: 'POST',
    headers: {
      'x-amz-target': 'secretsmanager.ListSecrets',
      'amz-sdk-invocation-id': 'invocation-1',
      'amz-sdk-request': 'attempt=2; max=3',
      authorization: 'AWS4-HMAC-SHA256 Credential=' + process.env.AWS_ACCESS_KEY_ID + '/20260101/us-east-1/secretsmanager/aws4_request',
    },
    body: '{"MaxResults": 1}',
  });
  return { pid: process.pid, status: answer.status };
};`;

let cloud: LocalCloud;
let clients: ReturnType<typeof sdkClients>;
let Bucket: string;
let gate: AwsGate = {};
let seen: PendingAwsCall[] = [];

beforeAll(async () => {
  cloud = await startLocalCloud({
    template: {
      Resources: {
        ...functionResources({ Caller: { code: CALLER } }),
        Files: { Type: 'AWS::S3::Bucket' },
        Items: {
          Type: 'AWS::DynamoDB::Table',
          Properties: {
            TableName: 'items',
            AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
            KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
          },
        },
      },
      Outputs: { Bucket: { Value: { Ref: 'Files' } } },
    },
    gate: {
      before: (call) => {
        seen.push(call);
        return gate.before?.(call) ?? 'go';
      },
      after: (call, status) => gate.after?.(call, status) ?? 'send',
    },
  });
  clients = sdkClients(cloud.endpoints);
  Bucket = cloud.outputs.Bucket ?? '';
});

beforeEach(() => {
  gate = {};
  seen = [];
});

afterAll(() => cloud.stop());

const before = (admission: Admission): AwsGate => ({ before: () => admission });
const after = (release: Release): AwsGate => ({ after: () => release });

/** One write to each kind of endpoint, and whether it took effect. */
const WRITES = {
  dynamodb: {
    write: (id: string, abortSignal: AbortSignal) =>
      clients.dynamodb.send(new PutItemCommand({ TableName: 'items', Item: { id: { S: id } } }), { abortSignal }),
    written: async (id: string) => {
      const put = { TableName: 'items', Item: { id: { S: id } }, ConditionExpression: 'attribute_not_exists(id)' };
      return clients.dynamodb.send(new PutItemCommand(put)).then(
        () => false,
        () => true,
      );
    },
  },
  s3: {
    write: (id: string, abortSignal: AbortSignal) =>
      clients.s3.send(new PutObjectCommand({ Bucket, Key: id, Body: 'x' }), { abortSignal }),
    written: async (id: string) =>
      (await clients.s3.send(new ListObjectsV2Command({ Bucket, Prefix: id }))).KeyCount === 1,
  },
  secrets_manager: {
    write: (id: string, abortSignal: AbortSignal) =>
      clients.secretsManager.send(new CreateSecretCommand({ Name: id, SecretString: '{}' }), { abortSignal }),
    written: async (id: string) => {
      const { SecretList = [] } = await clients.secretsManager.send(new ListSecretsCommand({}));
      return SecretList.some(({ Name }) => Name === id);
    },
  },
} as const;

const THROTTLED = new AwsError('ThrottlingException', 'Rate exceeded', 400);
const UNAVAILABLE = new AwsError('ServiceUnavailable', 'try later', 503);

it.each(Object.keys(WRITES) as (keyof typeof WRITES)[])(
  'a call of %s is stopped before it runs, or its answer afterwards',
  async (service) => {
    const { write, written } = WRITES[service];
    const outcomeUnder = async (rules: AwsGate) => {
      const id = randomUUID();
      const patience = new AbortController();
      const givenUp = <Decision>(decision: Decision): Decision => {
        if (decision === 'hang') setImmediate(() => patience.abort());
        return decision;
      };
      gate = {
        before: async (call) => givenUp((await rules.before?.(call)) ?? 'go'),
        after: async (call, status) => givenUp((await rules.after?.(call, status)) ?? 'send'),
      };
      const error = await write(id, patience.signal).then(
        () => undefined,
        (failure: Error & { code?: string }) => failure.code ?? failure.name,
      );
      gate = {};
      return { error, written: await written(id) };
    };

    expect({
      go: await outcomeUnder(before('go')),
      throttled: await outcomeUnder(before(THROTTLED)),
      unavailable: await outcomeUnder(before(UNAVAILABLE)),
      'cut before': await outcomeUnder(before('cut')),
      'hang before': await outcomeUnder(before('hang')),
      'cut after': await outcomeUnder(after('cut')),
      'hang after': await outcomeUnder(after('hang')),
    }).toEqual({
      go: { error: undefined, written: true },
      throttled: { error: 'ThrottlingException', written: false },
      unavailable: { error: 'ServiceUnavailable', written: false },
      'cut before': { error: 'ECONNRESET', written: false },
      'hang before': { error: 'AbortError', written: false },
      'cut after': { error: 'ECONNRESET', written: true },
      'hang after': { error: 'AbortError', written: true },
    });
  },
);

it('a call names the process, the function and the attempt', async () => {
  const result = await cloud.invoke('Caller', {});

  const { pid } = JSON.parse(result.ok ? result.payload : '{}');
  expect(seen).toMatchObject([
    {
      service: 'secrets_manager',
      action: 'ListSecrets',
      caller: 'Caller',
      callerPid: pid,
      invocationId: 'invocation-1',
      attempt: 2,
      input: { MaxResults: 1 },
    },
  ]);
});

it('two processes of a function have two keys', async () => {
  await Promise.all([cloud.invoke('Caller', {}), cloud.invoke('Caller', {})]);

  expect(new Set(seen.map(({ headers }) => headers.authorization)).size).toBe(2);
  expect(new Set(seen.map(({ callerPid }) => callerPid)).size).toBe(2);
});

it('the gate may kill the process that makes a call', async () => {
  gate = {
    before: ({ callerPid }) => {
      if (callerPid !== undefined) process.kill(callerPid, 'SIGKILL');
      return 'hang';
    },
  };

  const result = await cloud.invoke('Caller', {});

  expect(result).toMatchObject({ ok: false, error: { errorType: 'Runtime.ExitError' } });
});

it('a call of another client has no caller, and its input is the request', async () => {
  await clients.dynamodb.send(new ListTablesCommand({ Limit: 7 }));
  await clients.s3.send(new PutObjectCommand({ Bucket, Key: "a/b & 'c'", Body: 'x' }));
  await clients.s3.send(
    new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: '<a>&', VersionId: 'null' }, { Key: 'b' }] } }),
  );

  expect(seen).toMatchObject([
    { service: 'dynamodb', action: 'ListTables', caller: undefined, callerPid: undefined, input: { Limit: 7 } },
    { service: 's3', action: 'PutObject', input: { bucket: Bucket, key: "a/b & 'c'", objects: [] } },
    {
      service: 's3',
      action: 'DeleteObjects',
      input: {
        bucket: Bucket,
        key: '',
        query: { delete: '' },
        objects: [{ key: '<a>&', versionId: 'null' }, { key: 'b' }],
      },
    },
  ]);
});
