/** Executions that may run at once: those of functions without a reservation share what the account has left. */
export class Concurrency {
  /** Left for all functions without a reservation together. Defaults to no limit; tests lower it. */
  unreserved = Number.POSITIVE_INFINITY;
  readonly #running = new Map<object, number>();

  /**
   * Begins an execution.
   * @param reserved the function's own reservation, which is also its limit
   * @returns how to end it; `undefined`: Lambda refuses it with 429
   */
  begin(lambda: object, reserved: number | undefined): (() => void) | undefined {
    const [pool, limit] = reserved === undefined ? [this, this.unreserved] : [lambda, reserved];
    const running = this.#running.get(pool) ?? 0;
    if (running >= limit) return undefined;
    this.#running.set(pool, running + 1);
    return () => this.#running.set(pool, (this.#running.get(pool) ?? 1) - 1);
  }
}
