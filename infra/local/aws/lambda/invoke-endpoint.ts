import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { LoopbackServer } from '../../http/loopback-server.ts';
import { type AwsAnswer, listenAsAwsApi } from '../aws-api.ts';
import type { AwsDoor } from '../aws-door.ts';
import { AwsError } from '../aws-error.ts';
import type { LambdaInput } from '../gate.ts';
import { jsonBody } from '../json-service.ts';
import type { EventSourceMappings } from './event-source-mapping.ts';
import { type InvocationResult, MAX_PAYLOAD_BYTES } from './lambda-function.ts';

const INVOKE_PATH = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;
const MAPPINGS_PATH = /^\/2015-03-31\/event-source-mappings\/?$/;
const LIST_PATH = /^\/2015-03-31\/functions\/?$/;

interface Invocable {
  /** Whether Lambda ends the chain of invocations with this trace. Defaults to never. */
  isLoop?(trace: string): boolean;
  invoke(payload: string, trace?: string): Promise<InvocationResult>;
  /** Queues an event, with retries. Defaults to an invocation without a waiting caller. */
  accept?(payload: string, trace?: string): Promise<void>;
}

/** The account's functions by name or ARN: the stack's and those it depends on. */
interface InvocableFunctions {
  find(key: string): Invocable | undefined;
  /** The stack's mappings. */
  readonly all: readonly { readonly name: string; readonly arn: string }[];
}

/**
 * Serves Lambda's `Invoke`, for `RequestResponse` (the default), `Event` and `DryRun`; `ListFunctions`, all on one page; and
 * `CreateEventSourceMapping`.
 */
export function listenAsLambda(
  functions: InvocableFunctions,
  door: AwsDoor,
  mappings?: Pick<EventSourceMappings, 'create'>,
): Promise<LoopbackServer> {
  return listenAsAwsApi<LambdaInput>(
    {
      service: 'lambda',
      maxRequestBytes: MAX_PAYLOAD_BYTES,
      actionOf,
      inputOf: (request, body) => ({ functionName: functionNameOf(request) ?? '', payload: jsonBody(body) }),
      carryOut: async ({ functionName }, { action, headers }, body) => {
        if (action === 'ListFunctions') return list(functions);
        if (action === 'CreateEventSourceMapping' && mappings !== undefined) {
          mappings.create(jsonBody(body));
          return { status: 202, headers: { 'content-type': 'application/json' }, body: '{"State": "Creating"}' };
        }
        if (action !== 'Invoke') {
          throw new AwsError(
            'UnknownOperationException',
            'the local Lambda only supports Invoke and ListFunctions',
            404,
          );
        }
        return invoke(functions, functionName, headers, body || '{}');
      },
      refuse: ({ status, name, message }) => ({
        status,
        headers: { 'content-type': 'application/json', 'x-amzn-errortype': name },
        body: JSON.stringify({ Type: 'User', Message: message }),
      }),
    },
    door,
  );
}

function actionOf(request: IncomingMessage): string {
  if (functionNameOf(request) !== undefined) return 'Invoke';
  const { pathname } = urlOf(request);
  if (request.method === 'POST' && MAPPINGS_PATH.test(pathname)) return 'CreateEventSourceMapping';
  return request.method === 'GET' && LIST_PATH.test(pathname) ? 'ListFunctions' : 'unknown';
}

function urlOf({ url = '/' }: IncomingMessage): URL {
  return new URL(url, 'http://localhost');
}

function list({ all }: InvocableFunctions): AwsAnswer {
  const Functions = all.map(({ name, arn }) => ({ FunctionName: name, FunctionArn: arn, Version: '$LATEST' }));
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ Functions }) };
}

/** With the qualifier appended, as in an ARN. */
function functionNameOf(request: IncomingMessage): string | undefined {
  const { pathname, searchParams } = urlOf(request);
  const [, escaped] = INVOKE_PATH.exec(pathname) ?? [];
  if (request.method !== 'POST' || escaped === undefined) return undefined;
  const name = decodeURIComponent(escaped);
  const suffix = searchParams.has('Qualifier') ? `:${searchParams.get('Qualifier')}` : '';
  return name.endsWith(suffix) ? name : name + suffix;
}

async function invoke(
  functions: InvocableFunctions,
  name: string,
  { 'x-amz-invocation-type': invocationType, 'x-amzn-trace-id': header }: IncomingHttpHeaders,
  payload: string,
): Promise<AwsAnswer> {
  const target = functions.find(name);
  if (target === undefined) throw new AwsError('ResourceNotFoundException', `Function not found: ${name}`, 404);
  if (jsonBody(payload) === undefined) {
    throw new AwsError('InvalidRequestContentException', 'Could not parse request body into json.', 400);
  }
  const headers = { 'content-type': 'application/json' };
  const trace = String(header ?? '');
  const isLoop = target.isLoop?.(trace) ?? false;
  switch (invocationType ?? 'RequestResponse') {
    case 'DryRun':
      return { status: 204, headers, body: '' };
    case 'Event':
      // Of a loop, Lambda accepts the event and drops it.
      if (!isLoop) void (target.accept?.(payload, trace) ?? target.invoke(payload, trace));
      return { status: 202, headers, body: '' };
    case 'RequestResponse': {
      if (isLoop) {
        const text = 'Lambda has detected your function being invoked in a recursive loop.';
        throw new AwsError('RecursiveInvocationException', text, 400);
      }
      const result = await target.invoke(payload, trace);
      if ('refused' in result) throw new AwsError(result.error.errorType, result.error.errorMessage, result.refused);
      const executed = { ...headers, 'x-amz-executed-version': '$LATEST' };
      return result.ok
        ? { status: 200, headers: executed, body: result.payload }
        : {
            status: 200,
            headers: { ...executed, 'x-amz-function-error': 'Unhandled' },
            body: JSON.stringify(result.error),
          };
    }
    default:
      throw new AwsError('InvalidParameterValueException', 'unknown invocation type');
  }
}
