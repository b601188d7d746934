import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { DescribeExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AwsService } from '../../../infra/local/aws/aws-call.ts';
import type { PendingAwsCall } from '../../../infra/local/aws/gate.ts';
import { Authorizer } from '../../../infra/local/aws/iam/authorizer.ts';
import { IamSimulator } from '../../../infra/local/aws/iam/simulator.ts';
import { type LocalCloud, startLocalCloud } from '../../../infra/local/local-cloud.ts';
import { readStack } from '../../../infra/local/template/stack.ts';
import { changedApp } from '../support/changed-app.ts';
import { functionResources, roleResource } from './fixture-template.ts';
import { sdkClients } from './sdk-clients.ts';

const ACCOUNT = '111122223333';
const TABLE = `arn:aws:dynamodb:us-east-1:${ACCOUNT}:table/local-Items`;
const PLAIN_TABLE = `arn:aws:dynamodb:us-east-1:${ACCOUNT}:table/plain`;
const KEY = `arn:aws:kms:us-east-1:${ACCOUNT}:key/Key`;
const BUCKET = 'arn:aws:s3:::local-files';
const SECRET = `arn:aws:secretsmanager:us-east-1:${ACCOUNT}:secret:mine-0a1b2c`;
const MACHINE = `arn:aws:states:us-east-1:${ACCOUNT}:stateMachine:m`;
const EXECUTION = `arn:aws:states:us-east-1:${ACCOUNT}:execution:m:e`;
const FUNCTION = `arn:aws:lambda:us-east-1:${ACCOUNT}:function:f`;
const BUS = `arn:aws:events:us-east-1:${ACCOUNT}:event-bus/default`;

type Right = readonly [action: string, resource: string];
const allow = ([Action, Resource]: Right) => ({ Effect: 'Allow', Action, Resource });

/** An account with a table and a bucket encrypted by one key, and a function with these rights. */
function template(...rights: readonly object[]) {
  return {
    Resources: {
      ...functionResources({ Caller: { code: 'export const handler = async () => process.env.AWS_ACCESS_KEY_ID;' } }),
      FixtureRole: roleResource(...rights),
      Key: {
        Type: 'AWS::KMS::Key',
        Properties: {
          KeyPolicy: {
            Version: '2012-10-17',
            Statement: [
              { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: 'kms:*', Resource: '*' },
            ],
          },
        },
      },
      Items: {
        Type: 'AWS::DynamoDB::Table',
        Properties: {
          AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
          KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
          SSESpecification: { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: { 'Fn::GetAtt': ['Key', 'Arn'] } },
        },
      },
      Files: {
        Type: 'AWS::S3::Bucket',
        Properties: {
          BucketEncryption: {
            ServerSideEncryptionConfiguration: [
              { ServerSideEncryptionByDefault: { KMSMasterKeyID: { 'Fn::GetAtt': ['Key', 'Arn'] } } },
            ],
          },
        },
      },
      FilesPolicy: {
        Type: 'AWS::S3::BucketPolicy',
        Properties: {
          Bucket: { Ref: 'Files' },
          PolicyDocument: {
            Version: '2012-10-17',
            Statement: [
              {
                Effect: 'Deny',
                Principal: { AWS: '*' },
                Action: 's3:*',
                Resource: `${BUCKET}/*`,
                Condition: { NumericLessThan: { 's3:TlsVersion': 1.2 } },
              },
              { Effect: 'Deny', Principal: '*', Action: 's3:GetObject', Resource: `${BUCKET}/sealed/*` },
            ],
          },
        },
      },
    },
  };
}

function judge(call: Pick<PendingAwsCall, 'service' | 'action' | 'input'>, ...rights: readonly object[]) {
  const secret = (id: string) => (['mine', SECRET].includes(id) ? { arn: SECRET, kmsKeyId: KEY } : undefined);
  const stack = readStack(template(...rights), 'http://127.0.0.1:1');
  const { authorize } = new Authorizer({ stack, secret, simulator, onDenied: () => {} });
  return authorize({ ...call, caller: 'Caller', callerPid: 1, invocationId: 'i', attempt: 1, headers: {} });
}

const simulator = new IamSimulator();

const s3 = (key: string, query: Record<string, string> = {}, objects: object[] = []) => ({
  bucket: 'local-files',
  key,
  query,
  objects,
});
const USE: Right = ['kms:Decrypt', KEY];
const NEW_DATA: Right = ['kms:GenerateDataKey', KEY];

/** Each call, and all the rights that it needs. */
const CALLS: readonly (readonly [AwsService, string, unknown, readonly Right[]])[] = [
  ['dynamodb', 'GetItem', { TableName: 'local-Items' }, [['dynamodb:GetItem', TABLE], USE]],
  ['dynamodb', 'PutItem', { TableName: 'plain' }, [['dynamodb:PutItem', PLAIN_TABLE]]],
  ['dynamodb', 'Query', { TableName: 'plain', IndexName: 'due' }, [['dynamodb:Query', `${PLAIN_TABLE}/index/due`]]],
  ['dynamodb', 'Query', { TableName: 'plain' }, [['dynamodb:Query', PLAIN_TABLE]]],
  [
    'dynamodb',
    'BatchGetItem',
    { RequestItems: { plain: {}, 'local-Items': {} } },
    [['dynamodb:BatchGetItem', PLAIN_TABLE], ['dynamodb:BatchGetItem', TABLE], USE],
  ],
  ['dynamodb', 'ListTables', {}, [['dynamodb:ListTables', '*']]],
  ['s3', 'ListObjectsV2', s3('', { prefix: 'a/' }), [['s3:ListBucket', BUCKET]]],
  ['s3', 'ListObjectVersions', s3(''), [['s3:ListBucketVersions', BUCKET]]],
  ['s3', 'ListMultipartUploads', s3(''), [['s3:ListBucketMultipartUploads', BUCKET]]],
  ['s3', 'GetObject', s3('a/b'), [['s3:GetObject', `${BUCKET}/a/b`], USE]],
  ['s3', 'GetObject', s3('a/*'), [['s3:GetObject', `${BUCKET}/a/*`], USE]],
  ['s3', 'HeadObject', s3('a/b'), [['s3:GetObject', `${BUCKET}/a/b`]]],
  ['s3', 'GetObject', s3('a', { versionId: '1' }), [['s3:GetObjectVersion', `${BUCKET}/a`], USE]],
  ['s3', 'PutObject', s3('a/b'), [['s3:PutObject', `${BUCKET}/a/b`], NEW_DATA]],
  ['s3', 'UploadPart', s3('a/b', { partNumber: '1' }), [['s3:PutObject', `${BUCKET}/a/b`], NEW_DATA, USE]],
  ['s3', 'AbortMultipartUpload', s3('a/b'), [['s3:AbortMultipartUpload', `${BUCKET}/a/b`]]],
  ['s3', 'DeleteObject', s3('a'), [['s3:DeleteObject', `${BUCKET}/a`]]],
  ['s3', 'DeleteObject', s3('b', { versionId: '1' }), [['s3:DeleteObjectVersion', `${BUCKET}/b`]]],
  ['secrets_manager', 'GetSecretValue', { SecretId: 'mine' }, [['secretsmanager:GetSecretValue', SECRET], USE]],
  [
    'secrets_manager',
    'CreateSecret',
    { Name: 'new', KmsKeyId: KEY },
    [['secretsmanager:CreateSecret', `arn:aws:secretsmanager:us-east-1:${ACCOUNT}:secret:new-??????`], NEW_DATA, USE],
  ],
  ['secrets_manager', 'DeleteSecret', { SecretId: SECRET }, [['secretsmanager:DeleteSecret', SECRET]]],
  ['sfn', 'StartExecution', { stateMachineArn: MACHINE }, [['states:StartExecution', MACHINE]]],
  ['sfn', 'GetExecutionHistory', { executionArn: EXECUTION }, [['states:GetExecutionHistory', EXECUTION]]],
  ['sfn', 'SendTaskSuccess', { taskToken: 't' }, [['states:SendTaskSuccess', '*']]],
  ['lambda', 'Invoke', { functionName: 'f', payload: {} }, [['lambda:InvokeFunction', FUNCTION]]],
  ['lambda', 'Invoke', { functionName: FUNCTION, payload: {} }, [['lambda:InvokeFunction', FUNCTION]]],
  ['eventbridge', 'PutEvents', { Entries: [{ Source: 's' }] }, [['events:PutEvents', BUS]]],
];

describe('a call of a function', () => {
  it.each(CALLS)('%s %s %j is allowed with the required rights, and without none of them', async (...row) => {
    const [service, action, input, rights] = row;
    const call = { service, action, input };

    expect(await judge(call, ...rights.map(allow))).toBeUndefined();
    for (const missing of rights) {
      const refusal = await judge(
        call,
        ...rights.filter((right) => right !== missing).map(allow),
        allow(['sns:Publish', '*']),
      );
      expect(refusal?.message).toContain(
        `User: arn:aws:sts::${ACCOUNT}:assumed-role/local-FixtureRole/local-Caller is not authorized to perform: ${missing[0]}`,
      );
      expect(refusal?.message).toContain(`because no identity-based policy allows the ${missing[0]} action`);
    }
  });

  it('is refused by an explicit deny, whose kind is named', async () => {
    const everything = { Effect: 'Allow', Action: '*', Resource: '*' };
    const get = (key: string) => ({ service: 's3', action: 'GetObject', input: s3(key) }) as const;

    expect(await judge(get('open/a'), everything)).toBeUndefined();
    expect((await judge(get('sealed/a'), everything))?.message).toContain(
      'with an explicit deny in a resource-based policy',
    );
    expect(
      (await judge(get('open/a'), everything, { Effect: 'Deny', Action: 's3:Get*', Resource: '*' }))?.message,
    ).toContain('with an explicit deny in an identity-based policy');
  });

  it('uses a key only through the service in the condition', async () => {
    const get = (service: string) =>
      judge({ service: 's3', action: 'GetObject', input: s3('a') }, allow(['s3:GetObject', '*']), {
        ...allow(USE),
        Condition: { StringEquals: { 'kms:ViaService': `${service}.us-east-1.amazonaws.com` } },
      });

    expect(await get('s3')).toBeUndefined();
    expect((await get('dynamodb'))?.message).toContain('kms:Decrypt');
  });

  it('is not made if IAM cannot judge it', async () => {
    const everything = { Effect: 'Allow', Action: '*', Resource: '*' };

    expect((await judge({ service: 's3', action: 'unknown', input: s3('a') }, everything))?.name).toBe(
      'NotImplemented',
    );
    expect((await judge({ service: 'sfn', action: 'NoAction', input: {} }, everything))?.name).toBe('InternalFailure');
    expect((await judge({ service: 'dynamodb', action: 'TransactWriteItems', input: {} }, everything))?.name).toBe(
      'InternalFailure',
    );
    expect((await judge({ service: 'dynamodb', action: 'GetItem', input: undefined }, everything))?.name).toBe(
      'ValidationException',
    );
  });
});

describe('at the endpoints', () => {
  let cloud: LocalCloud;
  const denied: string[] = [];

  beforeAll(async () => {
    cloud = await startLocalCloud({
      template: template(allow(['sns:Publish', '*'])),
      onDenied: (message) => denied.push(message),
    });
  });

  afterAll(() => cloud.stop());

  it('each service refuses a function in its own way, and no other client', async () => {
    const result = await cloud.invoke('Caller', {});
    const accessKeyId: string = JSON.parse(result.ok ? result.payload : '""');

    const refusalsOf = async (key: string) => {
      const credentials = { accessKeyId: key, secretAccessKey: 'local' };
      const clients = sdkClients(cloud.endpoints, credentials);
      const lambda = new LambdaClient({ endpoint: cloud.endpoints.lambda, region: 'us-east-1', credentials });
      const outcomes = await Promise.allSettled([
        clients.dynamodb.send(new GetItemCommand({ TableName: 'local-Items', Key: { id: { S: '1' } } })),
        clients.s3.send(new ListObjectsV2Command({ Bucket: 'local-files' })),
        clients.secretsManager.send(new GetSecretValueCommand({ SecretId: 'mine' })),
        clients.stepFunctions.send(new DescribeExecutionCommand({ executionArn: EXECUTION })),
        lambda.send(new InvokeCommand({ FunctionName: 'local-Caller' })),
      ]);
      return outcomes.map((outcome) =>
        outcome.status === 'fulfilled' ? 'done' : [outcome.reason.name, outcome.reason.$metadata.httpStatusCode],
      );
    };

    expect(await refusalsOf(accessKeyId)).toEqual([
      ['AccessDeniedException', 400],
      ['AccessDenied', 403],
      ['AccessDeniedException', 400],
      ['AccessDeniedException', 400],
      ['AccessDeniedException', 403],
    ]);
    expect(denied).toHaveLength(5);
    expect(await refusalsOf('OWNER')).toEqual([
      'done',
      'done',
      ['ResourceNotFoundException', 400],
      ['ExecutionDoesNotExist', 400],
      'done',
    ]);
  });
});

it('a missing right of the app shows when a function needs it', async () => {
  const denied: string[] = [];
  const template = await changedApp((text) =>
    text.replaceAll('secretsmanager:CreateSecret', 'secretsmanager:TagResource'),
  );
  const cloud = await startLocalCloud({ template, onDenied: (message) => denied.push(message) });

  const response = await fetch(`${cloud.api}/clusters`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      clusterName: 'c',
      endpoints: ['127.0.0.1:4000'],
      account: { user: 'u', password: 'p' },
      tls: 'disabled',
    }),
  });
  await cloud.stop();

  expect(response.status).toBe(500);
  expect(denied).toEqual([expect.stringContaining('is not authorized to perform: secretsmanager:CreateSecret')]);
}, 120_000);
