/** Runs tasks one after another. */
export class WriteQueue {
  #tail: Promise<unknown> = Promise.resolve();

  run<Result>(task: () => Promise<Result>): Promise<Result> {
    const result = this.#tail.then(task);
    this.#tail = result.catch(() => undefined);
    return result;
  }

  /** Resolves when all that were given are done. */
  async drained(): Promise<void> {
    await this.#tail;
  }
}
