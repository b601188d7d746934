import { isUtf8 } from 'node:buffer';
import type {
  APIGatewayEventRequestContextV2,
  APIGatewayProxyEventV2WithRequestContext,
  APIGatewayProxyStructuredResultV2,
} from 'aws-lambda';
import type { Metrics, OUTCOMES } from '../../domain/events/metrics.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import { ERRORS, quoteInput, ServiceError } from '../../domain/shared/errors.ts';
import { correlationIdentifier } from '../../domain/shared/identifiers.ts';
import { type Attempt, onlyAttempt } from '../../domain/shared/request-attempt.ts';
import { inContext, log } from '../../log.ts';
import { type Authorizer, authorize, type Callers } from './authorization.ts';
import { callerOf } from './caller.ts';
import { fileHeaders, fileOf } from './file-answer.ts';
import type { Once } from './idempotency.ts';
import type { Outcome } from './outcome.ts';
import type { Answer, RawRequest, RouteTable } from './route.ts';
import { createRouter, type FoundRoute } from './router.ts';

/** Header of requests and answers; API Gateway sends names in lower case. */
const CORRELATION_HEADER = 'x-correlation-id';

/** Longer bodies are rejected before they are parsed. */
const MAX_BODY_BYTES = 64 * 1024;

type ApiEvent = APIGatewayProxyEventV2WithRequestContext<APIGatewayEventRequestContextV2 & { authorizer?: Authorizer }>;

export type ApiHandler = (event: ApiEvent) => Promise<APIGatewayProxyStructuredResultV2>;

export interface ApiSurroundings {
  /** Who may send requests. */
  callers: Callers;
  /** Where they are counted. */
  metrics: Metrics;
  /** Unset for read-only requests, which need no idempotency. */
  once?: Once;
}

/** Per-request dependencies, in addition to the shared ones. */
interface RequestDeps {
  attempt: Attempt;
  caller: string;
}

/**
 * A Lambda handler for API Gateway's payload 2.0 that serves a table of routes with `deps`. It wraps every answer and
 * failure in the envelope, logs one line per request, and counts it.
 */
export function createHandler<Deps extends { clock: Pick<Clock, 'now'> }>(
  routes: RouteTable<NoInfer<Deps & RequestDeps>>,
  deps: Deps,
  surroundings: ApiSurroundings,
): ApiHandler {
  const find = createRouter(routes);
  return async (event) => {
    const started = performance.now();
    const { http, requestId } = event.requestContext;
    const correlationId = correlationIdOf(event);
    const found = find(http.method, event.rawPath);
    return await inContext({ correlationId }, async () => {
      const outcome = await respond(event, found, deps, surroundings).catch((error: unknown) =>
        failure(error, requestId),
      );
      const ms = Math.round(performance.now() - started);
      const operation = found?.route.operation ?? 'unknown';
      logRequest(outcome, { requestId, route: found?.name ?? 'unknown', operation, ms });
      const dimensions = { Operation: operation, Outcome: outcomeOf(outcome.status) };
      surroundings.metrics.emit({ Requests: 1, Latency: ms }, dimensions, { correlationId });
      return {
        statusCode: outcome.status,
        headers: {
          'content-type': 'application/json',
          'cache-control': 'no-store',
          [CORRELATION_HEADER]: correlationId,
          ...(outcome.file && fileHeaders(outcome.file, ownQuery(event.queryStringParameters))),
        },
        body: outcome.file?.text ?? JSON.stringify(outcome.body),
      };
    });
  };
}

/** The caller's own id if it is well-formed; otherwise API Gateway's. */
function correlationIdOf({ headers, requestContext }: ApiEvent): string {
  const given = correlationIdentifier.safeParse(headers[CORRELATION_HEADER]);
  return given.success ? given.data : requestContext.requestId.replaceAll(/[^A-Za-z0-9_.=-]/g, '-');
}

async function respond<Deps extends { clock: Pick<Clock, 'now'> }>(
  event: ApiEvent,
  found: FoundRoute<Deps & RequestDeps> | undefined,
  deps: Deps,
  { callers, once }: ApiSurroundings,
): Promise<Outcome> {
  const body = readBody(event);
  if (found === undefined) {
    const asked = `${event.requestContext.http.method} ${quoteInput(event.rawPath)}`;
    throw new Refusal(404, `there is no route ${asked}`);
  }
  const { requestId, authorizer } = event.requestContext;
  const { name, route, params } = found;
  authorize(authorizer, callers, route.scope);
  const { method } = event.requestContext.http;
  const request: RawRequest = { method, params, query: ownQuery(event.queryStringParameters), body };
  const accepted = route.accept(request);
  const carryOut = async (attempt: Attempt): Promise<Outcome> => {
    try {
      const answer = await accepted.carryOut({ ...deps, attempt, caller: callerOf(authorizer) });
      const body = route.bare ? answer.data : enveloped(answer);
      return { status: 200, code: 0, message: 'OK', body, file: fileOf(answer) };
    } catch (error) {
      return failure(error, requestId);
    }
  };
  if (once === undefined) return await carryOut(onlyAttempt(deps.clock));
  return await once({ ...request, headers: event.headers, authorizer, route: name, isPlan: accepted.isPlan }, carryOut);
}

function enveloped({ data, page }: Answer<unknown>): unknown {
  return { code: 0, message: 'OK', data, ...(page && { page }) };
}

/**
 * A request that no route's schema can reject: it has code 10001 like every invalid request, but its own HTTP status.
 */
class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly httpStatus: 404 | 413;

  constructor(httpStatus: 404 | 413, message: string) {
    super(message);
    this.httpStatus = httpStatus;
  }
}

/**
 * The only place where errors become HTTP. Of an unknown error the caller learns only the id under which it is logged.
 */
function failure(error: unknown, requestId: string): Outcome {
  if (error instanceof Refusal) {
    const { code, message } = ERRORS.TIEM_PARAMETER_INVALID;
    return refused(error.httpStatus, code, `${message}: ${error.message}`, error);
  }
  const known =
    error instanceof ServiceError ? error : new ServiceError('TIEM_UNRECOGNIZED_ERROR', undefined, { cause: error });
  const where = known.httpStatus >= 500 ? `; request id ${requestId}` : '';
  return refused(known.httpStatus, known.code, known.message + where, known);
}

function refused(status: number, code: number, message: string, error: unknown): Outcome {
  return { status, code, message, body: { code, message, data: {} }, error };
}

function outcomeOf(status: number): (typeof OUTCOMES)[number] {
  if (status < 400) return 'ok';
  return status < 500 ? 'refused' : 'failed';
}

function logRequest(
  { status, code, message, error }: Outcome,
  request: { requestId: string; route: string; operation: string; ms: number },
): void {
  const line = { ...request, status, code };
  const outcome = outcomeOf(status);
  if (outcome === 'ok') log.info(line);
  else if (outcome === 'refused') log.warn({ ...line, refused: message });
  else log.error({ ...line, error });
}

function readBody({ body, isBase64Encoded }: ApiEvent): string | undefined {
  if (body === undefined) return undefined;
  const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.byteLength > MAX_BODY_BYTES) throw new Refusal(413, `the body must be at most ${MAX_BODY_BYTES} bytes`);
  if (isUtf8(bytes)) return bytes.toString('utf8');
  throw new ServiceError('TIEM_PARAMETER_INVALID', 'body: must be UTF-8');
}

/** Without the signature of a signed URL, which changes when the request is repeated. */
function ownQuery(values: Record<string, string | undefined> = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      value === undefined || /^x-amz-/i.test(name) ? [] : [[name, value]],
    ),
  );
}
