import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { BodyTooLargeError, type LoopbackServer, listenOnLoopback, readBody } from '../../http/loopback-server.ts';
import type { StackEnvironment } from '../../template/template.ts';
import { MAX_PAYLOAD_BYTES } from '../lambda/lambda-function.ts';
import { type ApiAnswer, answerOf, decodedPath, joinedHeaders, messageAnswer, requestEvent } from './payload.ts';
import { matchRoute, type Route } from './routes.ts';

/** API Gateway's limit on a request's body: 10 MB. A function takes less, since its event holds the body as base64 and all headers. */
const MAX_BODY_BYTES = 10 * 1024 * 1024;

/** What the API needs of the stack. */
export interface ApiBackend {
  readonly environment: StackEnvironment;
  readonly routes: readonly Route[];
  /** Whether another request may come in. Defaults to always. */
  readonly admit?: () => boolean;
  /** Called for every answer, whoever gave it. */
  readonly onAnswer?: (status: number) => void;
}

/** Serves pages beside the API: a file by its path, or `undefined`. */
export interface Pages {
  /** `/console`, without a trailing slash. */
  readonly path: string;
  file(path: string): Promise<{ body: Buffer; headers: Readonly<Record<string, string>> } | undefined>;
}

/** Serves an HTTP API (API Gateway v2) with its `$default` stage. Requests wait until there is a backend. */
export function listenAsHttpApi(backend: Promise<ApiBackend>, port: number, pages?: Pages): Promise<LoopbackServer> {
  return listenOnLoopback(async (request, response) => {
    const page = pages && (await pageOf(pages, request));
    if (page !== undefined) return send(response, page);
    const ready = await backend;
    const result = await answer(ready, request);
    ready.onAnswer?.(result.status);
    send(response, result);
  }, port);
}

async function answer({ routes, environment, admit }: ApiBackend, request: IncomingMessage): Promise<ApiAnswer> {
  const path = decodedPath(request.url ?? '/');
  if (path === undefined) return messageAnswer(400, 'Bad Request');
  const { method = 'GET', url = '/' } = request;
  const match = matchRoute(routes, method, path);
  const body = await readBody(request, MAX_BODY_BYTES).catch(unreadable);
  if (!Buffer.isBuffer(body)) return body;
  if (match === undefined) return messageAnswer(404, 'Not Found');
  if (admit?.() === false) return messageAnswer(429, 'Too Many Requests');
  const { apiId, authorizer } = match.route;
  const verdict = await authorizer({ apiId, method, url, headers: joinedHeaders(request), body });
  if (!verdict.allowed) return verdict.answer;
  const event = requestEvent(request, match, path, body, environment, verdict.authorizer);
  return await invoke(match.route, JSON.stringify(event));
}

/** `undefined`: the request is for the API. */
async function pageOf({ path, file }: Pages, { method, url = '/' }: IncomingMessage): Promise<ApiAnswer | undefined> {
  const [wanted = ''] = url.split('?', 1);
  if (method !== 'GET' || (wanted !== path && !wanted.startsWith(`${path}/`))) return undefined;
  if (wanted === path) return { ...messageAnswer(301, 'Moved Permanently'), headers: { location: `${path}/` } };
  const found = await file(wanted.slice(path.length + 1));
  if (found === undefined) return messageAnswer(404, 'Not Found');
  return { status: 200, headers: found.headers, cookies: [], body: found.body };
}

function unreadable(error: unknown): ApiAnswer {
  return error instanceof BodyTooLargeError
    ? messageAnswer(413, 'Request Entity Too Large')
    : messageAnswer(400, 'Bad Request');
}

async function invoke({ target, timeoutMillis }: Route, event: string): Promise<ApiAnswer> {
  if (Buffer.byteLength(event) > MAX_PAYLOAD_BYTES) return messageAnswer(413, 'Request Entity Too Large');
  const gaveUp = new AbortController();
  const timeout = delay(timeoutMillis, 'timeout' as const, { signal: gaveUp.signal, ref: false });
  timeout.catch(() => undefined);
  const result = await Promise.race([target.invoke(event), timeout]);
  gaveUp.abort();
  if (result === 'timeout' || 'refused' in result) return messageAnswer(503, 'Service Unavailable');
  return result.ok ? answerOf(result.payload) : messageAnswer(500, 'Internal Server Error');
}

function send(response: ServerResponse, { status, headers, cookies, body }: ApiAnswer): void {
  response.writeHead(status, {
    ...headers,
    'content-length': body.byteLength,
    'apigw-requestid': randomUUID(),
    ...(cookies.length === 0 ? {} : { 'set-cookie': [...cookies] }),
  });
  response.end(body);
}
