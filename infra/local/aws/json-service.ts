import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import * as z from 'zod';
import { type LoopbackServer, listenOnLoopback, readBody } from '../http/loopback-server.ts';
import type { AwsService, OnAwsCall } from './aws-call.ts';
import { AwsError } from './aws-error.ts';
import type { Callers } from './callers.ts';

/** AWS refuses larger requests of the JSON protocols itself. */
const MAX_REQUEST_BYTES = 16 * 1024 * 1024;

/** One action of a JSON-protocol API, its input already known to be well-formed. */
export type JsonAction = (input: unknown) => unknown;

/** Joins the schema of an action's input to its handler; a violation is a `ValidationException`, as AWS's. */
export function jsonAction<Input extends z.ZodType>(
  schema: Input,
  handler: (input: z.output<Input>) => unknown,
): JsonAction {
  return (input) => {
    const parsed = schema.safeParse(input);
    if (!parsed.success) throw new AwsError('ValidationException', z.prettifyError(parsed.error));
    return handler(parsed.data);
  };
}

export interface JsonService {
  readonly service: AwsService;
  /** The part of `X-Amz-Target` before the dot. */
  readonly targetPrefix: string;
  readonly version: '1.0' | '1.1';
  readonly actions: Readonly<Record<string, JsonAction>>;
}

/** Serves an API of the AWS JSON protocol (POST /, the action named by `X-Amz-Target`). */
export function listenAsJsonService(
  definition: JsonService,
  callers: Callers,
  onAwsCall: OnAwsCall,
): Promise<LoopbackServer> {
  return listenOnLoopback((request, response) => {
    void serve(definition, callers, onAwsCall, request, response);
  });
}

async function serve(
  { service, targetPrefix, version, actions }: JsonService,
  callers: Callers,
  onAwsCall: OnAwsCall,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const action = actionName(request, targetPrefix);
  let requestBytes = 0;
  let answer: { status: number; body: string };
  try {
    const body = await readBody(request, MAX_REQUEST_BYTES);
    requestBytes = body.byteLength;
    const handler = Object.hasOwn(actions, action) ? actions[action] : undefined;
    if (handler === undefined) {
      throw new AwsError('UnknownOperationException', `the local ${service} has no action "${action}"`);
    }
    const output = await handler(parseJson(body));
    answer = { status: 200, body: JSON.stringify(output ?? {}) };
  } catch (error) {
    answer = errorAnswer(error);
  }
  response.writeHead(answer.status, {
    'content-type': `application/x-amz-json-${version}`,
    'x-amzn-requestid': randomUUID(),
  });
  response.end(answer.body);
  onAwsCall({
    service,
    action,
    caller: callers.of(request.headers),
    status: answer.status,
    requestBytes,
    responseBytes: Buffer.byteLength(answer.body),
  });
}

function actionName(request: IncomingMessage, targetPrefix: string): string {
  const target = request.headers['x-amz-target'];
  if (typeof target !== 'string' || !target.startsWith(`${targetPrefix}.`)) return '';
  return target.slice(targetPrefix.length + 1);
}

function parseJson(body: Buffer): unknown {
  if (body.byteLength === 0) return {};
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new AwsError('SerializationException', 'the request body is not JSON');
  }
}

function errorAnswer(error: unknown): { status: number; body: string } {
  const known =
    error instanceof AwsError
      ? error
      : new AwsError('InternalFailure', error instanceof Error ? error.message : String(error), 500);
  return { status: known.status, body: JSON.stringify({ __type: known.name, message: known.message }) };
}
