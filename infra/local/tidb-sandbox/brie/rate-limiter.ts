import { setTimeout as sleep } from 'node:timers/promises';

/** Limits the rate of bytes: a request waits until everything granted before has had its time. */
export class RateLimiter {
  readonly #bytesPerSecond: () => number | undefined;
  #freeAt = 0;

  /** `bytesPerSecond` is called for every request, so that the rate can change; `undefined` for no limit. */
  constructor(bytesPerSecond: () => number | undefined) {
    this.#bytesPerSecond = bytesPerSecond;
  }

  /** Rejects with AbortError once `signal` aborts. */
  async take(bytes: number, signal: AbortSignal): Promise<void> {
    const rate = this.#bytesPerSecond();
    if (rate === undefined) return;
    const now = performance.now();
    this.#freeAt = Math.max(this.#freeAt, now) + (bytes / rate) * 1000;
    // Waits below a timer's precision are carried over to the next request.
    if (this.#freeAt - now > 2) await sleep(this.#freeAt - now, undefined, { signal });
  }
}

export function slowest(...rates: (number | undefined)[]): number | undefined {
  const limits = rates.filter((rate) => rate !== undefined);
  return limits.length === 0 ? undefined : Math.min(...limits);
}
