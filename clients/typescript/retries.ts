/** How requests are retried; times in milliseconds. */
export interface RetryOptions {
  /** Maximum number of attempts. @default 4 */
  readonly attempts?: number;
  /** Mean wait before the second attempt; it doubles each time. @default 400 */
  readonly baseMs?: number;
  /** @default 8000 */
  readonly maxMs?: number;
  readonly sleep?: (ms: number) => Promise<void>;
  /** From 0 to 1. */
  readonly random?: () => number;
}

/** The outcome of one attempt. */
type Attempt = { readonly response: Response } | { readonly error: unknown };

/** The service is still processing an earlier attempt with the same idempotency key. */
const CONFLICT = 409;

const TRANSIENT: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);

/** Sends a request until its answer is final. The caller makes sure that repeating it is safe: it only reads, or carries an idempotency key. */
export async function withRetries(
  send: () => Promise<Response>,
  { attempts = 4, baseMs = 400, maxMs = 8_000, sleep = wait, random = Math.random }: RetryOptions,
  signal?: AbortSignal,
): Promise<Response> {
  let mayHaveStarted = false;
  for (let attempt = 1; ; attempt++) {
    const outcome = await tryOnce(send);
    signal?.throwIfAborted();
    const isFinal = 'response' in outcome && !isTransient(outcome.response, mayHaveStarted);
    if (isFinal || attempt >= attempts) {
      if ('error' in outcome) throw outcome.error;
      return outcome.response;
    }
    mayHaveStarted ||= 'error' in outcome || outcome.response.status >= 500;
    // Jitter over the whole interval, so that clients that failed together do not retry together.
    const backoff = Math.min(maxMs, baseMs * 2 ** attempt) * random();
    await sleep(Math.max(backoff, 'response' in outcome ? retryAfterMs(outcome.response, maxMs) : 0));
    signal?.throwIfAborted();
  }
}

async function tryOnce(send: () => Promise<Response>): Promise<Attempt> {
  try {
    return { response: await send() };
  } catch (error) {
    return { error };
  }
}

function isTransient({ status }: Response, mayHaveStarted: boolean): boolean {
  return TRANSIENT.has(status) || (status === CONFLICT && mayHaveStarted);
}

function retryAfterMs({ headers }: Response, maxMs: number): number {
  const seconds = Number(headers.get('retry-after') ?? 0);
  return Number.isFinite(seconds) ? Math.min(maxMs, seconds * 1_000) : 0;
}

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
