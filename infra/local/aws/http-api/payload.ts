import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import * as z from 'zod';
import type { StackEnvironment } from '../../template/template.ts';

/** The part of a request that its event holds. */
interface MatchedRoute {
  readonly route: { readonly apiId: string; readonly routeKey: string };
  readonly pathParameters: Readonly<Record<string, string>>;
}

/** An answer of the API. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: readonly string[];
  readonly body: Buffer;
}

/** Bodies of these types reach the function as text, all others as base64. */
const TEXT_TYPE = /^(text\/|application\/(json|xml|javascript)\b|application\/[^;]+\+(json|xml)\b)/i;

/** @returns the decoded path, cut at a decoded `?` as API Gateway's HTTP APIs do; `undefined` if an escape is malformed. */
export function decodedPath(url: string): string | undefined {
  const [path = ''] = url.split('?', 1);
  try {
    return decodeURIComponent(path).split('?', 1)[0];
  } catch {
    return undefined;
  }
}

/**
 * The event of payload format 2.0.
 * Source: API Gateway developer guide, "Create AWS Lambda proxy integrations for HTTP APIs".
 */
export function requestEvent(
  request: IncomingMessage,
  { route, pathParameters }: MatchedRoute,
  path: string,
  body: Buffer,
  { accountId, region }: StackEnvironment,
  authorizer: Readonly<Record<string, unknown>> | undefined,
): unknown {
  const now = new Date();
  const { cookie, ...headers } = joinedHeaders(request);
  const [, query = ''] = request.url?.split(/\?(.*)/s, 2) ?? [];
  const queryParameters = joinedQuery(query);
  const isText = TEXT_TYPE.test(headers['content-type'] ?? 'text/plain');
  const domainName = `local.execute-api.${region}.amazonaws.com`;
  return {
    version: '2.0',
    routeKey: route.routeKey,
    rawPath: path,
    rawQueryString: query,
    ...(cookie === undefined ? {} : { cookies: cookie.split('; ') }),
    headers,
    ...(Object.keys(queryParameters).length === 0 ? {} : { queryStringParameters: queryParameters }),
    requestContext: {
      accountId,
      apiId: route.apiId,
      ...(authorizer && { authorizer }),
      domainName,
      domainPrefix: 'local',
      http: {
        method: request.method,
        path,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? '127.0.0.1',
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey: route.routeKey,
      stage: '$default',
      time: commonLogTime(now),
      timeEpoch: now.getTime(),
    },
    ...(Object.keys(pathParameters).length === 0 ? {} : { pathParameters }),
    ...(body.byteLength === 0 ? {} : { body: body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: body.byteLength > 0 && !isText,
  };
}

/** Header names in lower case, repeated ones joined by a comma. */
export function joinedHeaders(request: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(request.headersDistinct).map(([name, values = []]) => [
      name,
      values.join(name === 'cookie' ? '; ' : ','),
    ]),
  );
}

function joinedQuery(query: string): Record<string, string> {
  const parameters = new URLSearchParams(query);
  return Object.fromEntries([...parameters.keys()].map((name) => [name, parameters.getAll(name).join()]));
}

/** `12/Mar/2026:19:03:58 +0000` */
function commonLogTime(time: Date): string {
  const [, day, month, year, clock] = /^\w+, (\d+) (\w+) (\d+) ([\d:]+)/.exec(time.toUTCString()) ?? [];
  return `${day}/${month}/${year}:${clock} +0000`;
}

const structuredResponse = z.object({
  statusCode: z.number().int(),
  headers: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  cookies: z.array(z.string()).default([]),
  body: z.string().default(''),
  isBase64Encoded: z.boolean().default(false),
});

/** How to read a function's result: with a `statusCode` it is the answer, without one it is the JSON body of a 200. */
export function answerOf(payload: string): ApiAnswer {
  const result: unknown = JSON.parse(payload);
  if (typeof result !== 'object' || result === null || !('statusCode' in result)) {
    const body = typeof result === 'string' ? result : payload;
    return jsonAnswer(200, body);
  }
  const parsed = structuredResponse.safeParse(result);
  if (!parsed.success) return messageAnswer(500, 'Internal Server Error');
  const { statusCode, headers, cookies, body, isBase64Encoded } = parsed.data;
  return {
    status: statusCode,
    headers: {
      'content-type': 'text/plain;charset=UTF-8',
      ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)])),
    },
    cookies,
    body: Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'),
  };
}

/** An answer of API Gateway itself. */
export function messageAnswer(status: number, message: string): ApiAnswer {
  return jsonAnswer(status, JSON.stringify({ message }));
}

function jsonAnswer(status: number, body: string): ApiAnswer {
  return { status, headers: { 'content-type': 'application/json' }, cookies: [], body: Buffer.from(body) };
}
