import type { IncomingMessage, ServerResponse } from 'node:http';
import dynalite from 'dynalite';
import * as z from 'zod';
import type { OnAwsCall } from '../aws/aws-call.ts';
import type { Callers } from '../aws/callers.ts';
import { bindToLoopback, type LoopbackServer, listenOnLoopback, readBody } from '../http/loopback-server.ts';
import type { Stack } from '../template/stack.ts';
import { type EngineAnswer, EngineClient } from './engine-client.ts';
import { createTables, type TableKeys } from './tables-of-stack.ts';
import { WriteQueue } from './write-queue.ts';

const MAX_REQUEST_BYTES = 16 * 1024 * 1024;
const WRITES = new Set(['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem']);

/** The parameters that the proxy itself looks at; everything else passes. */
const requestSchema = z.looseObject({
  TableName: z.string().optional(),
  Key: z.record(z.string(), z.unknown()).optional(),
  Item: z.record(z.string(), z.unknown()).optional(),
  ReturnConsumedCapacity: z.string().default('NONE'),
  ReturnValuesOnConditionCheckFailure: z.string().default('NONE'),
});
type DynamoRequest = z.output<typeof requestSchema>;

const responseSchema = z.looseObject({
  __type: z.string().optional(),
  Item: z.unknown().optional(),
  /** A list for batch actions, one object for all others. */
  ConsumedCapacity: z
    .union([z.array(z.object({ CapacityUnits: z.number() })), z.object({ CapacityUnits: z.number() })])
    .optional(),
});

export interface DynamoDb extends LoopbackServer {
  /** Creates the tables of the template. */
  createTables(stack: Stack): Promise<void>;
}

/**
 * Serves DynamoDB in memory: dynalite behind a proxy that counts calls and capacity and adds what dynalite lacks,
 * `ReturnValuesOnConditionCheckFailure`.
 */
export async function listenAsDynamoDb(callers: Callers, onAwsCall: OnAwsCall): Promise<DynamoDb> {
  const tables = dynalite({ createTableMs: 0, updateTableMs: 0, deleteTableMs: 0 });
  // It has one client, which keeps its connections: one that the engine closed as idle (5 s by default) just as the next
  // call went out on it would lose that call.
  tables.keepAliveTimeout = 0;
  const engine = await bindToLoopback(tables);
  const client = new EngineClient(engine.url);
  const proxy = new DynamoDbProxy(client);
  const server = await listenOnLoopback((request, response) => {
    void serve(proxy, callers, onAwsCall, request, response);
  });
  return {
    url: server.url,
    port: server.port,
    createTables: async (stack) => {
      proxy.tableKeys = await createTables(stack, client);
    },
    close: async () => {
      await server.close();
      client.close();
      await engine.close();
    },
  };
}

async function serve(
  proxy: DynamoDbProxy,
  callers: Callers,
  onAwsCall: OnAwsCall,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const target = request.headers['x-amz-target'];
  const action = typeof target === 'string' ? target.replace(/^[^.]*\./, '') : '';
  const body = await readBody(request, MAX_REQUEST_BYTES).catch(() => undefined);
  const answer =
    body === undefined
      ? { status: 413, body: '', consumedCapacity: undefined }
      : await proxy.send(action, body.toString('utf8')).catch(failedInside);
  response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' }).end(answer.body);
  onAwsCall({
    service: 'dynamodb',
    action,
    caller: callers.of(request.headers),
    status: answer.status,
    requestBytes: body?.byteLength ?? 0,
    responseBytes: Buffer.byteLength(answer.body),
    ...(answer.consumedCapacity === undefined ? {} : { consumedCapacity: answer.consumedCapacity }),
  });
}

/** As DynamoDB answers what is its own fault: clients try again. */
function failedInside(error: unknown): EngineAnswer & { consumedCapacity: undefined } {
  const body = { __type: 'com.amazonaws.dynamodb.v20120810#InternalServerError', message: String(error) };
  return { status: 500, body: JSON.stringify(body), consumedCapacity: undefined };
}

class DynamoDbProxy {
  tableKeys: TableKeys = new Map();
  readonly #engine: EngineClient;
  readonly #writes = new WriteQueue();

  constructor(engine: EngineClient) {
    this.#engine = engine;
  }

  async send(action: string, body: string): Promise<EngineAnswer & { consumedCapacity: number | undefined }> {
    const request = parseRequest(body);
    if (request === undefined) return { ...(await this.#engine.send(action, body)), consumedCapacity: undefined };
    const measured = JSON.stringify({ ...request, ReturnConsumedCapacity: measurable(action) });
    // One write at a time, so that the item that a failed condition returns is the one that failed it.
    const answer = WRITES.has(action)
      ? await this.#writes.run(() => this.#write(action, request, measured))
      : await this.#engine.send(action, measured);
    return withoutCapacity(answer, request.ReturnConsumedCapacity !== 'NONE');
  }

  async #write(action: string, request: DynamoRequest, body: string): Promise<EngineAnswer> {
    const answer = await this.#engine.send(action, body);
    if (request.ReturnValuesOnConditionCheckFailure !== 'ALL_OLD' || answer.status === 200) return answer;
    const failure = responseSchema.parse(JSON.parse(answer.body));
    if (!failure.__type?.endsWith('ConditionalCheckFailedException')) return answer;
    const item = await this.#currentItem(request);
    return { ...answer, body: JSON.stringify({ ...failure, ...(item === undefined ? {} : { Item: item }) }) };
  }

  async #currentItem({ TableName = '', Key, Item = {} }: DynamoRequest): Promise<unknown> {
    const key = Key ?? Object.fromEntries((this.tableKeys.get(TableName) ?? []).map((name) => [name, Item[name]]));
    const { body } = await this.#engine.send('GetItem', JSON.stringify({ TableName, Key: key, ConsistentRead: true }));
    return responseSchema.parse(JSON.parse(body)).Item;
  }
}

/** Only actions on items can be asked for their capacity. */
function measurable(action: string): string | undefined {
  return /Item$|^Query$|^Scan$/.test(action) ? 'TOTAL' : undefined;
}

function parseRequest(body: string): DynamoRequest | undefined {
  try {
    return requestSchema.safeParse(JSON.parse(body)).data;
  } catch {
    // Not JSON: dynalite has the right error for it.
    return undefined;
  }
}

function withoutCapacity(answer: EngineAnswer, keep: boolean): EngineAnswer & { consumedCapacity: number | undefined } {
  if (answer.status !== 200) return { ...answer, consumedCapacity: undefined };
  const { ConsumedCapacity, ...rest } = responseSchema.parse(JSON.parse(answer.body));
  const consumedCapacity =
    ConsumedCapacity === undefined
      ? undefined
      : [ConsumedCapacity].flat().reduce((sum, { CapacityUnits }) => sum + CapacityUnits, 0);
  return { status: 200, body: keep ? answer.body : JSON.stringify(rest), consumedCapacity };
}
