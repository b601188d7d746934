import createFetchClient from 'openapi-fetch';
import type { Auth } from './auth.ts';
import { ApiError, ConnectionError } from './errors.ts';
import { type RetryOptions, withRetries } from './retries.ts';
import type { ChangeRoute, Data, FileRoute, Input, ListRoute, PageInfo, Plan, Route } from './routes.ts';

export interface ClientOptions {
  /** The output `ApiUrl` of the stack: `https://…/api/v1`. */
  readonly baseUrl: string;
  /** Defaults to none, as for the local cloud or a page of the same origin. */
  readonly auth?: Auth;
  readonly retries?: RetryOptions;
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** Milliseconds per attempt. API Gateway itself gives up after 30 s. @default 35000 */
  readonly timeoutMs?: number;
}

/** Options of a single request. */
export interface RequestOptions {
  /** Identifies a change; repeat it with the change. Defaults to a random UUID, so that retries run once. */
  readonly idempotencyKey?: string;
  /** Identifies the request in logs, events and SQL. */
  readonly correlationId?: string;
  readonly signal?: AbortSignal;
}

export type Arguments<R extends Route> =
  Record<never, never> extends Input<R>
    ? [input?: Input<R>, options?: RequestOptions]
    : [input: Input<R>, options?: RequestOptions];

export interface Client {
  /** Sends a request. @throws ApiError, ConnectionError */
  call<R extends Route>(route: R, ...rest: Arguments<R>): Promise<Data<R>>;
  /** What a change would do, without making it. @throws ApiError, ConnectionError */
  plan<R extends ChangeRoute>(route: R, ...rest: Arguments<R>): Promise<Plan<R>>;
  /** The answer as a CSV file. @throws ApiError, ConnectionError */
  file<R extends FileRoute>(route: R, ...rest: Arguments<R>): Promise<string>;
  /** The pages of a list, from the first or from `query.pageToken` on. @throws ApiError, ConnectionError */
  pages<R extends ListRoute>(route: R, ...rest: Arguments<R>): AsyncGenerator<{ data: Data<R>; page: PageInfo }>;
}

/** The parts of any route's input. */
interface AnyInput {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}

type HttpMethod = 'get' | 'post' | 'put' | 'delete';

/** Any route as openapi-fetch sees it; `Input` and `Data` give the type of each route. */
type AnyPaths = Record<
  string,
  Record<
    HttpMethod,
    {
      parameters: { path?: Record<string, string>; query?: Record<string, unknown> };
      requestBody?: { content: { 'application/json': unknown } };
      responses: { 200: { content: { 'text/plain': string } } };
    }
  >
>;

/** A typed client of the API. */
export function createClient(options: ClientOptions): Client {
  const http = createFetchClient<AnyPaths>({ baseUrl: options.baseUrl });

  async function send(
    route: string,
    { path, query, body }: AnyInput = {},
    request: RequestOptions = {},
  ): Promise<string> {
    const [method = '', pattern = ''] = route.split(' ');
    const isChange = method !== 'GET' && query?.plan === undefined;
    const key = isChange ? (request.idempotencyKey ?? crypto.randomUUID()) : undefined;
    const headers = {
      ...(key !== undefined && { 'idempotency-key': key }),
      ...(request.correlationId !== undefined && { 'x-correlation-id': request.correlationId }),
    };
    const { data, error, response } = await http.request(method.toLowerCase() as HttpMethod, pattern, {
      params: { ...(path && { path: { ...path } }), ...(query && { query: { ...query } }) },
      ...(body !== undefined && { body }),
      headers,
      parseAs: 'text',
      fetch: (ready) => transmit(route, ready, options, request.signal),
    });
    if (response.ok) return data ?? '';
    const correlationId = response.headers.get('x-correlation-id') ?? undefined;
    throw new ApiError({ route, httpStatus: response.status, correlationId, body: error });
  }

  async function envelope(route: string, input?: AnyInput, request?: RequestOptions): Promise<Envelope> {
    const text = await send(route, input, request);
    return parsed(route, text);
  }

  const client = {
    async call(route: string, input?: AnyInput, request?: RequestOptions) {
      const answer = await envelope(route, input, request);
      // The OpenAPI document has no envelope.
      return 'data' in answer ? answer.data : answer;
    },
    async plan(route: string, input: AnyInput = {}, request?: RequestOptions) {
      const { data } = await envelope(route, { ...input, query: { ...input.query, plan: 'true' } }, request);
      return data?.plan;
    },
    file(route: string, input: AnyInput = {}, request?: RequestOptions) {
      return send(route, { ...input, query: { ...input.query, format: 'csv' } }, request);
    },
    async *pages(route: string, input: AnyInput = {}, request?: RequestOptions) {
      let query = { ...input.query };
      for (;;) {
        const { data, page = {} } = await envelope(route, { ...input, query }, request);
        yield { data, page };
        if (page.nextPageToken === undefined) return;
        const { page: _, ...filters } = query;
        query = { ...filters, pageToken: page.nextPageToken };
      }
    },
  };
  return client as Client;
}

interface Envelope {
  readonly data?: { readonly plan?: unknown };
  readonly page?: { readonly nextPageToken?: string };
}

function parsed(route: string, text: string): Envelope {
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError({ route, httpStatus: 200, body: undefined });
  }
}

/** Signs and sends a request, with retries. */
async function transmit(
  route: string,
  ready: Request,
  { auth, retries = {}, timeoutMs = 35_000, fetch = (url, init) => globalThis.fetch(url, init) }: ClientOptions,
  signal: AbortSignal | undefined,
): Promise<Response> {
  const text = await ready.text();
  const request = {
    method: ready.method,
    url: ready.url,
    headers: Object.fromEntries(ready.headers),
    ...(text !== '' && { body: text }),
  };
  const once = async (): Promise<Response> => {
    const credentials = await auth?.(request);
    return await attempt(route, () => {
      const timeout = AbortSignal.timeout(timeoutMs);
      return fetch(request.url, {
        ...request,
        headers: { ...request.headers, ...credentials },
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
        // Following a redirect would send the credentials elsewhere.
        redirect: 'error',
      });
    });
  };
  return await withRetries(once, retries, signal);
}

async function attempt(route: string, send: () => Promise<Response>): Promise<Response> {
  try {
    return await send();
  } catch (error) {
    throw new ConnectionError(route, error);
  }
}
