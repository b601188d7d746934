import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Engine } from '../../infra/local/aws/dynamodb/engine.ts';

type HttpHandler = DynamoDBClient['config']['requestHandler'];
type HttpRequest = Parameters<HttpHandler['handle']>[0];
type HttpResponse = Awaited<ReturnType<HttpHandler['handle']>>['response'];

/** By the port at which other processes reach them. */
const engines = new Map<number, Engine>();
let isTakenOver = false;

/**
 * Passes what AWS clients of this process send to a port to the engine that listens there. A socket would cost more than the rest of the
 * call.
 * @returns a function that ends it
 */
export function callInProcess(port: number, engine: Engine): () => void {
  if (!isTakenOver) takeOver();
  isTakenOver = true;
  engines.set(port, engine);
  return () => {
    engines.delete(port);
  };
}

/** The SDK's client of an engine that need not listen; for tests that count what passes through its middleware. */
export function sdkClient(engine: Engine): DynamoDBDocumentClient {
  const requestHandler = { handle: async (request: HttpRequest) => ({ response: await answered(engine, request) }) };
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new DynamoDBClient({ requestHandler, credentials, region: 'us-east-1' });
  return DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
}

/** Changes what all clients share, so that it includes those that the code under test makes for itself. */
function takeOver(): void {
  const prototype: HttpHandler = Object.getPrototypeOf(new DynamoDBClient().config.requestHandler);
  const { handle } = prototype;
  prototype.handle = async function (this: HttpHandler, request, options) {
    const engine = engines.get(request.port ?? 0);
    if (engine === undefined) return handle.call(this, request, options);
    return { response: await answered(engine, request) };
  };
}

async function answered(engine: Engine, { headers, body }: HttpRequest): Promise<HttpResponse> {
  const [, action = ''] = String(headers['x-amz-target']).split('.');
  const answer = await engine.send(action, Buffer.concat([body]).toString());
  return { statusCode: answer.status, headers: {}, body: Buffer.from(answer.body) };
}
