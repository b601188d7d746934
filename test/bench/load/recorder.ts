import { expectDocumented } from '../../support/documented-answers.ts';

/** An answer of the API in its envelope. */
export interface Answer {
  readonly status: number;
  readonly code: number;
  readonly message: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly page?: { readonly page: number; readonly pageSize: number; readonly total: number };
}

interface Request {
  /** As in the table of routes: `GET /clusters/{clusterId}`. */
  readonly route: string;
  /** What fills it: `/clusters/orders?page=1`. */
  readonly target: string;
  readonly body?: object;
  readonly idempotencyKey?: string;
  /** Codes that are right, as far as the sender knows. */
  readonly codes: readonly number[];
}

/** Sends requests, and keeps what came of them. */
export class Recorder {
  /** Milliseconds of every request, by route. */
  readonly latencies = new Map<string, number[]>();
  /** How often a request was refused as it should be, by `HTTP status, code`. */
  readonly refusals = new Map<string, number>();
  /** Failures of the service, by kind. */
  readonly errors = new Map<string, number>();
  /** Answers that cannot be: not as documented, or not of the state that things are in. */
  readonly wrong: string[] = [];
  readonly #api: string;

  /** @param api base URL of the routes */
  constructor(api: string) {
    this.#api = api;
  }

  get requests(): number {
    return [...this.latencies.values()].reduce((sum, { length }) => sum + length, 0);
  }

  /** Undefined: the service failed, or gave a wrong answer, which is noted. */
  async send({ route, target, body, idempotencyKey, codes }: Request): Promise<Answer | undefined> {
    const [method = ''] = route.split(' ');
    const started = performance.now();
    const answer = await this.#fetch(method, target, body, idempotencyKey).catch((error: unknown) => {
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
      this.wrong.push(`${method} ${target} answered ${status} ${JSON.stringify(answer)}`);
      return undefined;
    }
    if (code !== 0) count(this.refusals, `HTTP ${status}, code ${code}`);
    return answer;
  }

  /** Notes what is not as it must be. */
  check(isRight: boolean, what: string, answer: unknown): void {
    if (!isRight) this.wrong.push(`${what}: ${JSON.stringify(answer)}`);
  }

  async #fetch(method: string, target: string, body?: object, idempotencyKey?: string): Promise<Answer> {
    const response = await fetch(this.#api + target, {
      method,
      headers: {
        ...(body && { 'content-type': 'application/json' }),
        ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    const { status } = response;
    const answer = (await response.json()) as Omit<Answer, 'status'>;
    try {
      expectDocumented({ method, path: new URL(this.#api + target).pathname, status, body: answer });
    } catch (error) {
      this.wrong.push(String(error));
    }
    // The published description is in no envelope.
    return { ...(response.ok && { code: 0 }), ...answer, status };
  }
}

function count(counts: Map<string, number>, kind: string): void {
  counts.set(kind, (counts.get(kind) ?? 0) + 1);
}
