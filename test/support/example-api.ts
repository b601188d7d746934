import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import * as z from 'zod';
import { THIS_API } from '../../functions/api/openapi/this-api.ts';

/** A request that arrived. */
interface Arrived {
  /** As in the table of routes: `POST /backups`. */
  readonly route: string;
  readonly target: string;
  readonly body: unknown;
}

interface Answer {
  readonly status?: number;
  readonly body: object | string;
}

export interface ExampleApi {
  readonly endpoint: string;
  readonly requests: Arrived[];
  /** Sets the answers to a route's next requests; the last answer repeats. */
  answer(route: string, ...answers: readonly Answer[]): void;
  stop(): Promise<void>;
}

/** The answer of a route with a plan: the plan is the last alternative. */
const planned = z.object({
  properties: z.object({
    data: z.object({ anyOf: z.array(z.object({ examples: z.optional(z.array(z.unknown())) })) }),
  }),
});

const BASE = '/api/v1';

/** An API that answers every request with the example of the OpenAPI document, by default. */
export async function startExampleApi(): Promise<ExampleApi> {
  const requests: Arrived[] = [];
  const told = new Map<string, Answer[]>();
  const server = createServer(async (request, response) => {
    const arrived = await arrivedAt(request);
    requests.push(arrived);
    const answers = told.get(arrived.route);
    const answer = (answers && answers.length > 1 ? answers.shift() : answers?.[0]) ?? exampleOf(arrived);
    const isText = typeof answer.body === 'string';
    response.writeHead(answer.status ?? 200, { 'content-type': isText ? 'text/csv' : 'application/json' });
    response.end(isText ? answer.body : JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}${BASE}`,
    requests,
    answer: (route, ...answers) => void told.set(route, [...answers]),
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function arrivedAt(request: IncomingMessage): Promise<Arrived> {
  const { method = '', url = '' } = request;
  const target = url.slice(BASE.length);
  const path = target.split('?', 1)[0] ?? '';
  const body = await text(request);
  return { route: `${method} ${patternOf(method, path)}`, target, body: body === '' ? undefined : JSON.parse(body) };
}

function patternOf(method: string, path: string): string {
  const fits = Object.entries(THIS_API.paths)
    .filter(([pattern, operations]) => {
      const expression = new RegExp(`^${pattern.replace(/\{\w+\}/g, '[^/]+')}$`);
      return method.toLowerCase() in operations && expression.test(path);
    })
    .map(([pattern]) => pattern);
  // `/clusters/restore` is not a cluster.
  return fits.sort((a, b) => a.split('{').length - b.split('{').length)[0] ?? 'unknown';
}

function exampleOf({ route, target }: Arrived): Answer {
  const [method = '', path = ''] = route.split(' ');
  const content = THIS_API.paths[path]?.[method.toLowerCase()]?.responses[200]?.content;
  if (content === undefined) return { status: 404, body: { message: 'Not Found' } };
  const query = new URLSearchParams(target.split('?')[1]);
  if (query.get('format') === 'csv') return { body: String(content['text/csv']?.example) };
  const { schema, example } = content['application/json'];
  const plan = planned.safeParse(schema).data?.properties.data.anyOf.at(-1)?.examples?.[0];
  if (query.get('plan') === 'true' && plan !== undefined) return { body: { code: 0, message: 'OK', data: plan } };
  return { body: example as object };
}
