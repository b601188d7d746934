import { type Arguments, createClient } from '../../../clients/typescript/client.ts';
import { ApiError } from '../../../clients/typescript/errors.ts';
import type { Data, Input, PageInfo, Route } from '../../../clients/typescript/routes.ts';
import { expectDocumented } from '../../support/documented-answers.ts';

/** An answer of the API in its envelope. */
export interface Answer<R extends Route = Route> {
  readonly status: number;
  readonly code: number;
  readonly message: string;
  /** Only in a success. */
  readonly data?: Data<R>;
  readonly page?: PageInfo;
}

interface Sending {
  readonly idempotencyKey?: string;
  /** Codes that the sender accepts. @default success only */
  readonly codes?: readonly number[];
}

/** Sends requests and records the outcomes. */
export class Recorder {
  /** Milliseconds of every request, by route. */
  readonly latencies = new Map<string, number[]>();
  /** Number of expected refusals, by `HTTP status, code`. */
  readonly refusals = new Map<string, number>();
  /** Failures of the service, by kind. */
  readonly errors = new Map<string, number>();
  /** Impossible answers: undocumented, or contrary to the known state. */
  readonly wrong: string[] = [];
  readonly #api: string;

  /** @param api base URL of the routes */
  constructor(api: string) {
    this.#api = api;
  }

  get requests(): number {
    return [...this.latencies.values()].reduce((sum, { length }) => sum + length, 0);
  }

  /** `undefined` if the service failed or gave a wrong answer, which is recorded. */
  async send<R extends Route>(
    route: R,
    input: Input<R>,
    { idempotencyKey, codes = [0] }: Sending = {},
  ): Promise<Answer<R> | undefined> {
    const started = performance.now();
    const answer = await this.#ask(route, input, idempotencyKey).catch((error: unknown) => {
      count(
        this.errors,
        `${route}: no answer (${error instanceof Error ? String(error.cause ?? error.message) : error})`,
      );
    });
    this.latencies.set(route, [...(this.latencies.get(route) ?? []), performance.now() - started]);
    if (answer === undefined) return undefined;
    const { status, code } = answer;
    if (status >= 500) {
      count(this.errors, `${route}: HTTP ${status}, code ${code}`);
      return undefined;
    }
    if (!codes.includes(code)) {
      this.wrong.push(`${route} ${JSON.stringify(input)} answered ${status} ${JSON.stringify(answer)}`);
      return undefined;
    }
    if (code !== 0) count(this.refusals, `HTTP ${status}, code ${code}`);
    return answer;
  }

  /** Records a violation. */
  check(isRight: boolean, what: string, answer: unknown): void {
    if (!isRight) this.wrong.push(`${what}: ${JSON.stringify(answer)}`);
  }

  /** One attempt: a failure is a figure that no retry may hide. */
  async #ask<R extends Route>(route: R, input: Input<R>, idempotencyKey?: string): Promise<Answer<R>> {
    const { promise: answered, resolve } = Promise.withResolvers<Answer<R>>();
    const client = createClient({
      baseUrl: this.#api,
      retries: { attempts: 1 },
      fetch: async (url, init) => {
        const response = await fetch(url, init);
        const { status } = response;
        const answer = (await response.clone().json()) as Omit<Answer<R>, 'status'>;
        try {
          expectDocumented({ method: init.method ?? 'GET', path: new URL(url).pathname, status, body: answer });
        } catch (error) {
          this.wrong.push(String(error));
        }
        // The OpenAPI document has no envelope, and a refusal has no data.
        const { data, ...rest } = answer;
        resolve({ ...(response.ok && { code: 0, ...(data && { data }) }), ...rest, status });
        return response;
      },
    });
    const rest = [input, { ...(idempotencyKey !== undefined && { idempotencyKey }) }] as const;
    await client.call(route, ...(rest as unknown as Arguments<R>)).catch((error: unknown) => {
      if (!(error instanceof ApiError)) throw error;
    });
    return await answered;
  }
}

function count(counts: Map<string, number>, kind: string): void {
  counts.set(kind, (counts.get(kind) ?? 0) + 1);
}
