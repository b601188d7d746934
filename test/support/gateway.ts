import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Callers } from '../../functions/api/http/authorization.ts';
import { type ApiSurroundings, createHandler } from '../../functions/api/http/handler.ts';
import type { Scope } from '../../functions/api/http/scopes.ts';
import { ALL_ROUTES } from '../../functions/api/openapi/this-api.ts';
import { COMMAND_ROUTES } from '../../functions/api/routes/command-routes.ts';
import { QUERY_ROUTES } from '../../functions/api/routes/query-routes.ts';
import type { ApiAccess } from '../../infra/local/aws/http-api/authorizers.ts';
import { enforcedAuthorizers } from '../../infra/local/aws/http-api/enforced-authorizers.ts';
import { type ApiBackend, listenAsHttpApi } from '../../infra/local/aws/http-api/http-api.ts';
import { routesOf } from '../../infra/local/aws/http-api/routes.ts';
import type { TokenIssuer } from '../../infra/local/aws/http-api/token-issuer.ts';
import type { LoopbackServer } from '../../infra/local/http/loopback-server.ts';
import { readStack } from '../../infra/local/template/stack.ts';
import { untouchablePorts } from './api.ts';
import { requestOf } from './examples.ts';

/** A request on the wire. */
export interface SentRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

interface GatewayAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** The API of a template as its callers see it, in this process. */
export interface Gateway {
  readonly access: ApiAccess;
  /** The example of every route, without credentials. */
  readonly examples: readonly { readonly route: string; readonly scope: Scope; readonly request: SentRequest }[];
  /** Number of invocations of a function. */
  invocations(): number;
  stop(): Promise<void>;
}

interface GatewayOptions {
  /** The callers that the functions accept, by their environment. */
  readonly callers: Callers;
  readonly tokenClaims?: Readonly<Record<string, string>>;
  /** Replaces the local issuer's keys. */
  readonly keys?: TokenIssuer['keys'];
}

/**
 * The synthesized routes, authorizers and policies, the local cloud's gateway that enforces them, and the real handlers behind it, whose
 * ports throw when called: what gets through is answered, but never with 401 or 403.
 */
export async function startGateway(template: object, options: GatewayOptions): Promise<Gateway> {
  const servers: LoopbackServer[] = [];
  const served = async <Server extends LoopbackServer>(starting: Promise<Server>): Promise<Server> => {
    const server = await starting;
    servers.push(server);
    return server;
  };
  const backend = Promise.withResolvers<ApiBackend>();
  const { url } = await served(listenAsHttpApi(backend.promise, 0));
  const stack = readStack(template, url);
  const authorizers = await enforcedAuthorizers(stack, {
    tokenClaims: options.tokenClaims ?? {},
    served: async (issuer) => served(issuer.then((its) => ({ ...its, keys: options.keys ?? its.keys }))),
  });
  const around: ApiSurroundings = { callers: options.callers, metrics: { emit: () => undefined } };
  const handlers = {
    query: createHandler(QUERY_ROUTES, untouchablePorts(), around),
    command: createHandler(COMMAND_ROUTES, untouchablePorts(), around),
  };
  let invocations = 0;
  const functions = {
    get: (arn: string) => ({
      async invoke(event: string) {
        invocations += 1;
        const answer = await handlers[arn.includes('Query') ? 'query' : 'command'](JSON.parse(event));
        return { ok: true as const, requestId: randomUUID(), payload: JSON.stringify(answer) };
      },
    }),
  };
  backend.resolve({ environment: stack.environment, routes: routesOf(stack, functions, authorizers) });
  return {
    access: authorizers.access,
    examples: Object.entries(ALL_ROUTES).map(([route, described]) => {
      const { target, body } = requestOf(route, described);
      const [method = '', path = ''] = target.split(' ');
      const asked = { method, url: `${url}/api/v1${path}`, headers: {} };
      return { route, scope: described.scope, request: body ? { ...asked, body: JSON.stringify(body) } : asked };
    }),
    invocations: () => invocations,
    async stop() {
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}

export async function send({ method, url, headers, body }: SentRequest): Promise<GatewayAnswer> {
  const sent = request(url, { method, headers });
  sent.end(body);
  const [response] = await once(sent, 'response');
  return { status: response.statusCode, body: JSON.parse(await text(response)), headers: response.headers };
}
