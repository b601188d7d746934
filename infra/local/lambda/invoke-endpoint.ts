import type { IncomingMessage, ServerResponse } from 'node:http';
import type { OnAwsCall } from '../aws/aws-call.ts';
import type { Callers } from '../aws/callers.ts';
import { type LoopbackServer, listenOnLoopback, readBody } from '../http/loopback-server.ts';
import { type InvocationResult, MAX_PAYLOAD_BYTES } from './lambda-function.ts';

const INVOKE_PATH = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;

/** The functions of the account, by name or ARN: those of the stack, and what it relies on. */
interface InvocableFunctions {
  find(key: string): { invoke(payload: string): Promise<InvocationResult> } | undefined;
}

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Serves Lambda's `Invoke`, for `RequestResponse` (the default), `Event` and `DryRun`. */
export function listenAsLambda(
  functions: InvocableFunctions,
  callers: Callers,
  onAwsCall: OnAwsCall,
): Promise<LoopbackServer> {
  return listenOnLoopback((request, response) => {
    void serve(functions, callers, onAwsCall, request, response);
  });
}

async function serve(
  functions: InvocableFunctions,
  callers: Callers,
  onAwsCall: OnAwsCall,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request, MAX_PAYLOAD_BYTES).catch(() => undefined);
  const answer =
    body === undefined
      ? refusal(413, 'RequestTooLargeException', `a request may have ${MAX_PAYLOAD_BYTES} bytes`)
      : await invoke(functions, request, body.toString('utf8') || '{}');
  response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers }).end(answer.body);
  onAwsCall({
    service: 'lambda',
    action: 'Invoke',
    caller: callers.of(request.headers),
    status: answer.status,
    requestBytes: body?.byteLength ?? 0,
    responseBytes: Buffer.byteLength(answer.body),
  });
}

async function invoke(functions: InvocableFunctions, request: IncomingMessage, payload: string): Promise<Answer> {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  const [, name] = INVOKE_PATH.exec(pathname) ?? [];
  if (request.method !== 'POST' || name === undefined) {
    return refusal(
      404,
      'UnknownOperationException',
      `the local Lambda knows Invoke alone, not ${request.method} ${pathname}`,
    );
  }
  const target = functions.find(decodeURIComponent(name));
  if (target === undefined) {
    return refusal(404, 'ResourceNotFoundException', `Function not found: ${decodeURIComponent(name)}`);
  }
  switch (request.headers['x-amz-invocation-type'] ?? 'RequestResponse') {
    case 'DryRun':
      return { status: 204, body: '' };
    case 'Event':
      void target.invoke(payload);
      return { status: 202, body: '' };
    case 'RequestResponse': {
      const result = await target.invoke(payload);
      return result.ok
        ? { status: 200, body: result.payload }
        : { status: 200, headers: { 'x-amz-function-error': 'Unhandled' }, body: JSON.stringify(result.error) };
    }
    default:
      return refusal(400, 'InvalidParameterValueException', 'unknown invocation type');
  }
}

function refusal(status: number, errorType: string, message: string): Answer {
  return {
    status,
    headers: { 'x-amzn-errortype': errorType },
    body: JSON.stringify({ Type: 'User', Message: message }),
  };
}
