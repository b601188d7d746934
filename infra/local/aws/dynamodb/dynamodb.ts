import * as z from 'zod';
import type { LoopbackServer } from '../../http/loopback-server.ts';
import type { Stack } from '../../template/stack.ts';
import { listenAsAwsApi } from '../aws-api.ts';
import type { AwsDoor } from '../aws-door.ts';
import { jsonBody } from '../json-service.ts';
import { Engine, type EngineAnswer } from './engine.ts';
import { refuseDeepNesting } from './nesting.ts';
import { TableProtection } from './table-protection.ts';
import { type Image, type TableStream, TableStreams } from './table-streams.ts';
import { createTables, type TableKeys } from './tables-of-stack.ts';
import { WriteQueue } from './write-queue.ts';

const MAX_REQUEST_BYTES = 16 * 1024 * 1024;
const HEADERS = { 'content-type': 'application/x-amz-json-1.0' };
const WRITES = new Set(['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem']);

const attributes = z.record(z.string(), z.unknown());
/** For `BatchGetItem` this is an object, not a list. */
const batchWrite = z.looseObject({
  PutRequest: z.object({ Item: attributes }).optional(),
  DeleteRequest: z.object({ Key: attributes }).optional(),
});

/** The parameters that the proxy reads; it passes on all others. */
const requestSchema = z.looseObject({
  TableName: z.string().optional(),
  Key: attributes.optional(),
  Item: attributes.optional(),
  ExpressionAttributeValues: attributes.optional(),
  /** `BatchWriteItem`: requests by table. */
  RequestItems: z.record(z.string(), z.union([z.array(batchWrite), z.looseObject({})])).optional(),
  ReturnConsumedCapacity: z.string().default('NONE'),
  ReturnValuesOnConditionCheckFailure: z.string().default('NONE'),
});
type DynamoRequest = z.output<typeof requestSchema>;

const responseSchema = z.looseObject({
  __type: z.string().optional(),
  Item: attributes.optional(),
  /** A list for batch actions, one object otherwise. */
  ConsumedCapacity: z
    .union([z.array(z.object({ CapacityUnits: z.number() })), z.object({ CapacityUnits: z.number() })])
    .optional(),
});

export interface DynamoDb extends LoopbackServer {
  /** Creates the template's tables and returns their streams. */
  createTables(stack: Stack): Promise<TableStreams>;
}

/** Serves DynamoDB in memory: dynalite behind a proxy that counts calls and capacity and adds the missing `ReturnValuesOnConditionCheckFailure`. */
export async function listenAsDynamoDb(door: AwsDoor): Promise<DynamoDb> {
  const engine = new Engine();
  const proxy = new DynamoDbProxy(engine);
  const server = await listenAsAwsApi(
    {
      service: 'dynamodb',
      maxRequestBytes: MAX_REQUEST_BYTES,
      actionOf: ({ headers }) => String(headers['x-amz-target'] ?? '').replace(/^[^.]*\./, ''),
      inputOf: (_request, body) => jsonBody(body),
      carryOut: async (input, { action }, body) => ({ headers: HEADERS, ...(await proxy.send(action, input, body)) }),
      refuse: ({ status, name, message }) => ({
        status,
        headers: HEADERS,
        body: JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${name}`, message }),
      }),
    },
    door,
  );
  return {
    url: server.url,
    port: server.port,
    createTables: async (stack) => {
      proxy.tableKeys = await createTables(stack, engine);
      const streams = new TableStreams(stack);
      proxy.streams = streams;
      proxy.protection = new TableProtection(stack, engine, streams);
      return streams;
    },
    close: () => server.close(),
  };
}

type MeasuredAnswer = EngineAnswer & { readonly consumedCapacity?: number };

/** The key of an item, which may or may not exist. */
interface NamedItem {
  readonly table: string;
  readonly keys: Image;
}

class DynamoDbProxy {
  tableKeys: TableKeys = new Map();
  streams: TableStreams | undefined;
  protection: TableProtection | undefined;
  readonly #engine: Engine;
  readonly #writes = new WriteQueue();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  async send(action: string, input: unknown, body: string): Promise<MeasuredAnswer> {
    const carriedOut = this.protection?.carryOut(action, input);
    if (carriedOut !== undefined) return carriedOut;
    const { data: request } = requestSchema.safeParse(input);
    // If the body is not JSON or not a request, dynalite has the right error for it.
    if (request === undefined) return this.#engine.send(action, body);
    refuseDeepNesting(input, writtenAttributes(request));
    const measured = JSON.stringify({ ...request, ReturnConsumedCapacity: measurable(action) });
    const answer = WRITES.has(action)
      ? await this.#write(action, request, measured)
      : await this.#engine.send(action, measured);
    return withoutCapacity(answer, request.ReturnConsumedCapacity !== 'NONE');
  }

  /** Writes of an item run one at a time, so that the reads before and after each show exactly what it changed. */
  #write(action: string, request: DynamoRequest, body: string): Promise<EngineAnswer> {
    const items = this.#writtenItems(request);
    return this.#writes.run(items.map(nameOf), () => this.#writeItems(items, action, request, body));
  }

  async #writeItems(
    items: readonly NamedItem[],
    action: string,
    request: DynamoRequest,
    body: string,
  ): Promise<EngineAnswer> {
    const streamed = items.flatMap((item) => {
      const stream = this.streams?.ofTable(item.table);
      return stream === undefined ? [] : [{ item, stream }];
    });
    const answer = await this.#streaming(streamed, () => this.#engine.send(action, body));
    if (request.ReturnValuesOnConditionCheckFailure !== 'ALL_OLD' || answer.status === 200) return answer;
    const failure = responseSchema.parse(JSON.parse(answer.body));
    if (!failure.__type?.endsWith('ConditionalCheckFailedException')) return answer;
    const [item] = await Promise.all(items.map((each) => this.#currentItem(each)));
    return { ...answer, body: JSON.stringify({ ...failure, ...(item === undefined ? {} : { Item: item }) }) };
  }

  /** Reads the items before and after the write. */
  async #streaming(
    streamed: readonly { item: NamedItem; stream: TableStream }[],
    write: () => Promise<EngineAnswer>,
  ): Promise<EngineAnswer> {
    const before = await Promise.all(streamed.map(({ item }) => this.#currentItem(item)));
    const answer = await write();
    if (answer.status !== 200) return answer;
    const after = await Promise.all(streamed.map(({ item }) => this.#currentItem(item)));
    for (const [at, { item, stream }] of streamed.entries()) {
      stream.append({ keys: item.keys, before: before[at], after: after[at] });
    }
    return answer;
  }

  #writtenItems({ TableName, Key, Item, RequestItems = {} }: DynamoRequest): NamedItem[] {
    const one = TableName === undefined ? [] : this.#named(TableName, Key, Item);
    const many = Object.entries(RequestItems).flatMap(([table, requests]) =>
      Array.isArray(requests)
        ? requests.flatMap(({ PutRequest, DeleteRequest }) => this.#named(table, DeleteRequest?.Key, PutRequest?.Item))
        : [],
    );
    return [...one, ...many];
  }

  #named(table: string, key: Image | undefined, item: Image | undefined): NamedItem[] {
    if (key !== undefined) return [{ table, keys: key }];
    if (item === undefined) return [];
    return [{ table, keys: Object.fromEntries((this.tableKeys.get(table) ?? []).map((name) => [name, item[name]])) }];
  }

  async #currentItem({ table, keys }: NamedItem): Promise<Image | undefined> {
    const request = { TableName: table, Key: keys, ConsistentRead: true };
    const { body } = await this.#engine.send('GetItem', JSON.stringify(request));
    return responseSchema.parse(JSON.parse(body)).Item;
  }
}

function writtenAttributes({ Item, RequestItems = {}, ExpressionAttributeValues }: DynamoRequest): unknown[] {
  const puts = Object.values(RequestItems).flatMap((requests) =>
    Array.isArray(requests) ? requests.map(({ PutRequest }) => PutRequest?.Item) : [],
  );
  return [Item, ExpressionAttributeValues, ...puts].flatMap((attributes) => Object.values(attributes ?? {}));
}

function nameOf({ table, keys }: NamedItem): string {
  return JSON.stringify([table, ...Object.entries(keys).sort()]);
}

/** Only actions on items accept ReturnConsumedCapacity. */
function measurable(action: string): string | undefined {
  return /Item$|^Query$|^Scan$/.test(action) ? 'TOTAL' : undefined;
}

function withoutCapacity(answer: EngineAnswer, keep: boolean): MeasuredAnswer {
  if (answer.status !== 200) return answer;
  const { ConsumedCapacity, ...rest } = responseSchema.parse(JSON.parse(answer.body));
  const body = keep ? answer.body : JSON.stringify(rest);
  if (ConsumedCapacity === undefined) return { status: 200, body };
  const consumedCapacity = [ConsumedCapacity].flat().reduce((sum, { CapacityUnits }) => sum + CapacityUnits, 0);
  return { status: 200, body, consumedCapacity };
}
