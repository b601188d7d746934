import { ConditionalCheckFailedException, DynamoDBClient, DynamoDBServiceException } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { Engine } from '../../infra/local/aws/dynamodb/engine.ts';

type Item = Record<string, unknown>;
type Input = Record<string, unknown> & { RequestItems?: Record<string, { Keys?: Item[] }> };
type Marshalled = Parameters<typeof unmarshall>[0];

interface Answer {
  Item?: Marshalled;
  Attributes?: Marshalled;
  Items?: Marshalled[];
  LastEvaluatedKey?: Marshalled;
  Responses?: Record<string, Marshalled[]>;
}

const ITEMS = ['Key', 'Item', 'ExpressionAttributeValues', 'ExclusiveStartKey'] as const;

/**
 * A document client that passes commands straight to an engine: without the SDK's signatures, retries and middleware, which cost ten times
 * as much as the engine itself.
 * @param onCall is told the bytes of each request and its answer
 */
export function engineClient(engine: Engine, onCall: (bytes: number) => void = () => {}): DynamoDBDocumentClient {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient({ region: 'us-east-1' }));
  return Object.assign(client, {
    async send(command: { input: Input }) {
      const request = JSON.stringify(marshalled(command.input));
      const { status, body } = await engine.send(actionOf(command), request);
      onCall(Buffer.byteLength(request) + Buffer.byteLength(body));
      if (status !== 200) throw failureOf(JSON.parse(body));
      return unmarshalled(JSON.parse(body));
    },
  });
}

/** `GetCommand` is the document client's for `GetItem`; `QueryCommand` and those for tables have the action's name. */
function actionOf(command: object): string {
  const name = command.constructor.name.replace(/Command$/, '');
  return /^(Batch)?(Get|Put|Update|Delete|Write)$/.test(name) ? `${name}Item` : name;
}

function marshalled(input: Input): object {
  const options = { removeUndefinedValues: true };
  const items = ITEMS.flatMap((field) =>
    input[field] === undefined ? [] : [[field, marshall(input[field], options)]],
  );
  const { RequestItems } = input;
  if (RequestItems === undefined) return { ...input, ...Object.fromEntries(items) };
  const batches = Object.entries(RequestItems).map(([table, { Keys = [], ...batch }]) => [
    table,
    { ...batch, Keys: Keys.map((key) => marshall(key)) },
  ]);
  return { ...input, RequestItems: Object.fromEntries(batches) };
}

function unmarshalled({ Item, Attributes, Items, LastEvaluatedKey, Responses, ...rest }: Answer): object {
  const all = (items: readonly Marshalled[]) => items.map((item) => unmarshall(item));
  return {
    ...rest,
    ...(Item && { Item: unmarshall(Item) }),
    ...(Attributes && { Attributes: unmarshall(Attributes) }),
    ...(Items && { Items: all(Items) }),
    ...(LastEvaluatedKey && { LastEvaluatedKey: unmarshall(LastEvaluatedKey) }),
    ...(Responses && {
      Responses: Object.fromEntries(Object.entries(Responses).map(([table, items]) => [table, all(items)])),
    }),
  };
}

function failureOf({ __type = '', message = '' }: { __type?: string; message?: string }): Error {
  const name = __type.split('#').at(-1) ?? '';
  if (name === 'ConditionalCheckFailedException')
    return new ConditionalCheckFailedException({ message, $metadata: {} });
  return new DynamoDBServiceException({ name, message, $fault: 'client', $metadata: {} });
}
