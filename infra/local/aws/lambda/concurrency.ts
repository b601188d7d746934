/** Limits concurrent executions: functions without a reservation share what is left of the account's limit. */
export class Concurrency {
  /** Shared by all functions without a reservation. Defaults to no limit; tests lower it. */
  unreserved = Number.POSITIVE_INFINITY;
  readonly #running = new Map<object, number>();

  /**
   * Starts an execution.
   * @param reserved the function's reservation, which is also its limit
   * @returns a function that ends the execution; `undefined` if Lambda refuses it with 429
   */
  begin(lambda: object, reserved: number | undefined): (() => void) | undefined {
    const [pool, limit] = reserved === undefined ? [this, this.unreserved] : [lambda, reserved];
    const running = this.#running.get(pool) ?? 0;
    if (running >= limit) return undefined;
    this.#running.set(pool, running + 1);
    return () => this.#running.set(pool, (this.#running.get(pool) ?? 1) - 1);
  }
}
