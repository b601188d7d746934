import {
  BatchWriteItemCommand,
  DeleteItemCommand,
  PutItemCommand,
  UpdateItemCommand,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StreamRecord } from '../../../infra/local/aws/dynamodb/table-streams.ts';
import { type LocalCloud, startLocalCloud } from '../../../infra/local/local-cloud.ts';
import { until } from '../support/until.ts';
import { functionResources, roleResource } from './fixture-template.ts';
import { receivedFrom } from './received-from.ts';
import { sdkClients } from './sdk-clients.ts';

/** Logs the names that it was given; fails at `poison`, and at `shaky` the first time. */
const READER = `
let shaken = false;
export const handler = async ({ Records }) => {
  const names = Records.map(({ dynamodb }) => dynamodb.Keys.name.S);
  console.info({ names, records: Records });
  if (names.includes('poison')) throw new Error('poison');
  if (names.includes('shaky') && !shaken) {
    shaken = true;
    throw new Error('shaky');
  }
};`;

/** Reports at which record it failed, instead of throwing. */
const REPORTER = `
export const handler = async ({ Records }) => {
  console.info({ names: Records.map(({ dynamodb }) => dynamodb.Keys.name.S) });
  const failed = Records.find(({ dynamodb }) => dynamodb.Keys.name.S === 'poison');
  return { batchItemFailures: failed ? [{ itemIdentifier: failed.dynamodb.SequenceNumber }] : [] };
};`;

const table = {
  Type: 'AWS::DynamoDB::Table',
  Properties: {
    AttributeDefinitions: [{ AttributeName: 'name', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'name', KeyType: 'HASH' }],
    StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
  },
};

const mapping = (of: string, target: string, more: object = {}) => ({
  Type: 'AWS::Lambda::EventSourceMapping',
  Properties: {
    EventSourceArn: { 'Fn::GetAtt': [of, 'StreamArn'] },
    FunctionName: { Ref: target },
    StartingPosition: 'TRIM_HORIZON',
    DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': ['Dead', 'Arn'] } } },
    ...more,
  },
});

let cloud: LocalCloud;
let dynamodb: ReturnType<typeof sdkClients>['dynamodb'];
const denied: string[] = [];
const logged: { reader: string; names: string[]; records: StreamRecord[] }[] = [];

beforeAll(async () => {
  cloud = await startLocalCloud({
    template: {
      Resources: {
        ...functionResources({
          Reader: { code: READER },
          Reporter: { code: REPORTER },
          Filtered: { code: READER },
          Aging: { code: READER },
        }),
        Unentitled: {
          Type: 'AWS::Lambda::Function',
          Properties: {
            Handler: 'index.handler',
            Role: { 'Fn::GetAtt': ['RoleOfNothing', 'Arn'] },
            Code: { ZipFile: READER },
          },
        },
        RoleOfNothing: roleResource({ Effect: 'Allow', Action: 'logs:PutLogEvents', Resource: '*' }),
        Guarded: table,
        Forbidden: mapping('Guarded', 'Unentitled'),
        Table: table,
        Reported: table,
        Watched: table,
        Aged: table,
        Dead: { Type: 'AWS::SQS::Queue', Properties: { MessageRetentionPeriod: 1_209_600 } },
        Mapping: mapping('Table', 'Reader', { MaximumRetryAttempts: 2, BisectBatchOnFunctionError: true }),
        Reporting: mapping('Reported', 'Reporter', {
          MaximumRetryAttempts: 1,
          FunctionResponseTypes: ['ReportBatchItemFailures'],
        }),
        Filtering: mapping('Watched', 'Filtered', {
          FilterCriteria: {
            Filters: [
              { Pattern: '{"eventName":["REMOVE"]}' },
              { Pattern: '{"dynamodb":{"NewImage":{"status":{"S":["done"]}}}}' },
            ],
          },
        }),
        Expiring: mapping('Aged', 'Aging', { MaximumRecordAgeInSeconds: 60 }),
      },
    },
    onDenied: (message) => denied.push(message),
    log: (line, name) => {
      const { message } = JSON.parse(line) as { message: { names?: string[]; records?: StreamRecord[] } };
      const { names, records = [] } = message;
      if (names !== undefined) logged.push({ reader: name.replace('local-', ''), names, records });
    },
  });
  ({ dynamodb } = sdkClients(cloud.endpoints));
});

afterAll(() => cloud.stop());

const tableName = (of: string) => `local-${of}`;
const item = (name: string, status = 'new') => ({ name: { S: name }, status: { S: status } });
const readBy = (reader: string) => logged.filter((each) => each.reader === reader).map(({ names }) => names);

const put = (of: string, name: string, status?: string) =>
  dynamodb.send(new PutItemCommand({ TableName: tableName(of), Item: item(name, status) }));

async function putAll(of: string, names: readonly string[]): Promise<void> {
  const requests: WriteRequest[] = names.map((name) => ({ PutRequest: { Item: item(name) } }));
  await dynamodb.send(new BatchWriteItemCommand({ RequestItems: { [tableName(of)]: requests } }));
}

const deadLetterOf = (of: string) =>
  until(`a dead letter of ${of}`, async () =>
    (await receivedFrom(cloud, 'local-Dead')).find(({ body }) => JSON.stringify(body).includes(`table/${of}`)),
  );

describe("a table's stream", () => {
  it('contains what was written, changed and removed, with the item before and after, and nothing that stayed unchanged', async () => {
    const Key = { name: { S: 'a' } };
    const TableName = tableName('Table');
    await put('Table', 'a');
    await put('Table', 'a');
    await dynamodb.send(
      new UpdateItemCommand({
        TableName,
        Key,
        UpdateExpression: 'SET #s = :s',
        ExpressionAttributeNames: { '#s': 'status' },
        ExpressionAttributeValues: { ':s': { S: 'old' } },
      }),
    );
    await dynamodb.send(new DeleteItemCommand({ TableName, Key }));
    await dynamodb.send(new DeleteItemCommand({ TableName, Key }));

    const records = await until('the last change', () => {
      const all = logged.filter(({ names }) => names.includes('a')).flatMap((each) => each.records);
      return all.some(({ eventName }) => eventName === 'REMOVE') ? all : undefined;
    });

    expect(records.map(({ eventName, dynamodb: { OldImage, NewImage } }) => [eventName, OldImage, NewImage])).toEqual([
      ['INSERT', undefined, item('a')],
      ['MODIFY', item('a'), item('a', 'old')],
      ['REMOVE', item('a', 'old'), undefined],
    ]);
    expect(records[0]).toMatchObject({
      eventSource: 'aws:dynamodb',
      eventSourceARN: expect.stringMatching(/^arn:aws:dynamodb:us-east-1:111122223333:table\/local-Table\/stream\//),
      dynamodb: { Keys: Key, StreamViewType: 'NEW_AND_OLD_IMAGES' },
    });
    const numbers = records.map((record) => record.dynamodb.SequenceNumber);
    expect(numbers).toEqual([...new Set(numbers)].sort());
  });

  it('reaches the function only through its filters', async () => {
    await put('Watched', 'unseen');
    await put('Watched', 'seen', 'done');
    await dynamodb.send(new DeleteItemCommand({ TableName: tableName('Watched'), Key: { name: { S: 'unseen' } } }));

    await until('both', () => (readBy('Filtered').flat().length === 2 ? true : undefined));
    expect(readBy('Filtered').flat()).toEqual(['seen', 'unseen']);
  });

  it('is read again after a failure of the function', async () => {
    await put('Table', 'shaky');

    await until('the second attempt', () =>
      readBy('Reader')
        .flat()
        .filter((name) => name === 'shaky').length === 2
        ? true
        : undefined,
    );
  });

  it('is read past a record that never succeeds, in order, and the record becomes a dead letter', async () => {
    await putAll('Table', ['m', 'n', 'poison', 'o']);

    const { body } = await deadLetterOf('local-Table');
    await until('the record behind it', () => (readBy('Reader').flat().at(-1) === 'o' ? true : undefined));

    // Halves until it was alone, then three attempts.
    expect(readBy('Reader').slice(-7)).toEqual([
      ['m', 'n', 'poison', 'o'],
      ['m', 'n'],
      ['poison', 'o'],
      ['poison'],
      ['poison'],
      ['poison'],
      ['o'],
    ]);
    expect(body).toMatchObject({
      version: '1.0',
      requestContext: { condition: 'RetryAttemptsExhausted', approximateInvokeCount: 3 },
      responseContext: { functionError: 'Unhandled' },
      DDBStreamBatchInfo: { batchSize: 1, shardId: expect.any(String), startSequenceNumber: expect.any(String) },
    });
    expect(JSON.stringify(body)).not.toContain('poison');
  });

  it('is read from the record that the function reported', async () => {
    await putAll('Reported', ['m', 'poison', 'o']);

    await until('the dead letter', () => deadLetterOf('local-Reported'));

    expect(readBy('Reporter')).toEqual([
      ['m', 'poison', 'o'],
      ['poison', 'o'],
    ]);
  });

  it('abandons what has become too old', async () => {
    await put('Aged', 'poison');

    expect((await deadLetterOf('local-Aged')).body).toMatchObject({
      requestContext: { condition: 'RecordAgeExceeded' },
    });
  });

  it('is not read for a role without the right', async () => {
    await put('Guarded', 'secret');

    await until('the refusal', () => denied.find((message) => message.includes('dynamodb:ListStreams')));
    expect(readBy('Unentitled')).toEqual([]);
  });
});
