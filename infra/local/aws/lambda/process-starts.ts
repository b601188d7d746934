import { availableParallelism } from 'node:os';

/**
 * Limits concurrent process starts to the machine's cores. On Lambda each process has its own; here a hundred at once would all miss the
 * ten seconds that an import may take.
 */
export class ProcessStarts {
  readonly #waiting: (() => void)[] = [];
  #free = availableParallelism();

  /** Resolves when a process may start, with a function to call once it has started. */
  async begin(): Promise<() => void> {
    if (this.#free > 0) {
      this.#free -= 1;
    } else {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    return () => this.#end();
  }

  /** The one that has waited longest comes next. */
  #end(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next();
  }
}
