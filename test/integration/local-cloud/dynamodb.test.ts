import { GetItemCommand, PutItemCommand, QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AwsCall } from '../../../infra/local/aws/aws-call.ts';
import { type LocalCloud, startLocalCloud } from '../../../infra/local/local-cloud.ts';
import { functionResources } from './fixture-template.ts';
import { sdkClients } from './sdk-clients.ts';

let cloud: LocalCloud;
let dynamodb: ReturnType<typeof sdkClients>['dynamodb'];
const calls: AwsCall[] = [];

beforeAll(async () => {
  cloud = await startLocalCloud({
    template: {
      Resources: {
        Items: {
          Type: 'AWS::DynamoDB::Table',
          Properties: {
            TableName: 'items',
            AttributeDefinitions: [
              { AttributeName: 'id', AttributeType: 'S' },
              { AttributeName: 'kind', AttributeType: 'S' },
            ],
            KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
            BillingMode: 'PAY_PER_REQUEST',
            DeletionProtectionEnabled: true,
            GlobalSecondaryIndexes: [
              {
                IndexName: 'byKind',
                KeySchema: [{ AttributeName: 'kind', KeyType: 'HASH' }],
                Projection: { ProjectionType: 'KEYS_ONLY' },
              },
            ],
          },
        },
        ...functionResources({
          // A bare HTTP request, signed with the function's own key, as far as the endpoint checks.
          Caller: {
            code: `export const handler = async () => (await fetch(process.env.AWS_ENDPOINT_URL_DYNAMODB, {
              method: 'POST',
              headers: {
                authorization: 'AWS4-HMAC-SHA256 Credential=' + process.env.AWS_ACCESS_KEY_ID + '/x/y/z, Signature=s',
                'x-amz-target': 'DynamoDB_20120810.GetItem',
              },
              body: JSON.stringify({ TableName: 'items', Key: { id: { S: 'none' } } }),
            })).status;`,
          },
        }),
      },
    },
    onAwsCall: (call) => calls.push(call),
  });
  dynamodb = sdkClients(cloud.endpoints).dynamodb;
});

afterAll(() => cloud.stop());

const put = (id: string, kind: string) =>
  dynamodb.send(new PutItemCommand({ TableName: 'items', Item: { id: { S: id }, kind: { S: kind } } }));

describe('tables of the template', () => {
  it('store items and return them through their indexes', async () => {
    await put('q1', 'fruit');

    const found = await dynamodb.send(
      new QueryCommand({
        TableName: 'items',
        IndexName: 'byKind',
        KeyConditionExpression: 'kind = :kind',
        ExpressionAttributeValues: { ':kind': { S: 'fruit' } },
      }),
    );

    expect(found.Items).toEqual([{ id: { S: 'q1' }, kind: { S: 'fruit' } }]);
  });
});

describe('a failed condition', () => {
  it.each(['update', 'put'])('returns the existing item if the %s asks for it', async (write) => {
    await put(`c-${write}`, 'old');
    const common = {
      TableName: 'items',
      ConditionExpression: 'kind = :new',
      ExpressionAttributeValues: { ':new': { S: 'new' } },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
    };
    const id = { S: `c-${write}` };

    const attempt =
      write === 'put'
        ? dynamodb.send(new PutItemCommand({ ...common, Item: { id } }))
        : dynamodb.send(new UpdateItemCommand({ ...common, Key: { id }, UpdateExpression: 'SET kind = :new' }));

    await expect(attempt).rejects.toMatchObject({
      name: 'ConditionalCheckFailedException',
      Item: { id, kind: { S: 'old' } },
    });
  });

  it('returns no item if there was none, and none unless asked', async () => {
    const missing = new UpdateItemCommand({
      TableName: 'items',
      Key: { id: { S: 'nobody' } },
      UpdateExpression: 'SET kind = :kind',
      ConditionExpression: 'attribute_exists(id)',
      ExpressionAttributeValues: { ':kind': { S: 'x' } },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    await put('unasked', 'old');
    const unasked = new PutItemCommand({
      TableName: 'items',
      Item: { id: { S: 'unasked' } },
      ConditionExpression: 'attribute_not_exists(id)',
    });

    const outcomes = await Promise.allSettled([dynamodb.send(missing), dynamodb.send(unasked)]);

    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { name: 'ConditionalCheckFailedException' } });
      expect(outcome).toHaveProperty('reason.Item', undefined);
    }
  });

  it('lets one of many writers win', async () => {
    await put('race', 'free');
    const take = () =>
      dynamodb.send(
        new UpdateItemCommand({
          TableName: 'items',
          Key: { id: { S: 'race' } },
          UpdateExpression: 'SET kind = :taken',
          ConditionExpression: 'kind = :free',
          ExpressionAttributeValues: { ':taken': { S: 'taken' }, ':free': { S: 'free' } },
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      );

    const outcomes = await Promise.allSettled(Array.from({ length: 10 }, take));

    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason.Item.kind).toEqual({ S: 'taken' });
    }
  });
});

describe('counting', () => {
  it('records action, capacity and sizes of each call, and hides capacity that no one asked for', async () => {
    calls.length = 0;

    const { ConsumedCapacity } = await put('counted', 'fruit');

    expect(ConsumedCapacity).toBeUndefined();
    expect(calls).toEqual([
      {
        service: 'dynamodb',
        action: 'PutItem',
        caller: undefined,
        status: 200,
        // The item's unit; dynalite does not count its entries in indexes.
        consumedCapacity: 1,
        requestBytes: expect.any(Number),
        responseBytes: 2,
      },
    ]);
  });

  it('returns the capacity if asked', async () => {
    const get = new GetItemCommand({ TableName: 'items', Key: { id: { S: 'x' } }, ReturnConsumedCapacity: 'TOTAL' });

    expect((await dynamodb.send(get)).ConsumedCapacity).toMatchObject({ CapacityUnits: 0.5 });
  });

  it('knows the calling function', async () => {
    calls.length = 0;

    expect(await cloud.invoke('Caller', {})).toMatchObject({ ok: true });

    expect(calls.map(({ action, caller }) => [action, caller])).toEqual([['GetItem', 'Caller']]);
  });
});
