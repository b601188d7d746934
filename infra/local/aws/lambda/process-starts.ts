import { availableParallelism } from 'node:os';

/**
 * Lets only as many processes start at once as the machine has cores. In Lambda every one has its own; here a hundred that start
 * together would all be slower than the ten seconds that an import may take.
 */
export class ProcessStarts {
  readonly #waiting: (() => void)[] = [];
  #free = availableParallelism();

  /** Resolves when a process may start, with what is to be called once it has. */
  async begin(): Promise<() => void> {
    if (this.#free > 0) {
      this.#free -= 1;
    } else {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    return () => this.#end();
  }

  /** Whoever waits longest takes the place. */
  #end(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next();
  }
}
