import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import * as z from 'zod';
import type { LoopbackServer } from '../http/loopback-server.ts';
import { type AwsAnswer, listenAsAwsApi } from './aws-api.ts';
import type { AwsService } from './aws-call.ts';
import type { AwsDoor } from './aws-door.ts';
import { AwsError } from './aws-error.ts';

/** AWS itself refuses larger requests of the JSON protocols. */
const MAX_REQUEST_BYTES = 16 * 1024 * 1024;

/** An action of a JSON-protocol API, called with valid input. */
export type JsonAction = (input: unknown) => unknown;

/** Combines an action's input schema and its handler; a violation is a `ValidationException`, as on AWS. */
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

/** Serves an API of the AWS JSON protocol (POST /, with the action in `X-Amz-Target`). */
export function listenAsJsonService(
  { service, targetPrefix, version, actions }: JsonService,
  door: AwsDoor,
): Promise<LoopbackServer> {
  const answer = (status: number, output: unknown): AwsAnswer => ({
    status,
    headers: { 'content-type': `application/x-amz-json-${version}`, 'x-amzn-requestid': randomUUID() },
    body: JSON.stringify(output),
  });
  return listenAsAwsApi(
    {
      service,
      maxRequestBytes: MAX_REQUEST_BYTES,
      actionOf: (request) => actionName(request, targetPrefix),
      inputOf: (_request, body) => jsonBody(body),
      carryOut: async (input, { action }) => {
        if (input === undefined) throw new AwsError('SerializationException', 'the request body is not JSON');
        const handler = Object.hasOwn(actions, action) ? actions[action] : undefined;
        if (handler === undefined) {
          throw new AwsError('UnknownOperationException', `the local ${service} has no action "${action}"`);
        }
        return answer(200, (await handler(input)) ?? {});
      },
      refuse: ({ status, name, message }) => answer(status, { __type: name, message }),
    },
    door,
  );
}

function actionName(request: IncomingMessage, targetPrefix: string): string {
  const target = request.headers['x-amz-target'];
  if (typeof target !== 'string' || !target.startsWith(`${targetPrefix}.`)) return '';
  return target.slice(targetPrefix.length + 1);
}

/** An empty body is an empty input. @returns `undefined` if it is not JSON */
export function jsonBody(body: string): unknown {
  if (body === '') return {};
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
