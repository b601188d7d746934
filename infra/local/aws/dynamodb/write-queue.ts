/** Runs writes to the same item one after another, and writes to different items concurrently. */
export class WriteQueue {
  readonly #tails = new Map<string, Promise<void>>();

  /** @param items names of all items that the task writes */
  run<Result>(items: readonly string[], task: () => Promise<Result>): Promise<Result> {
    const result = Promise.all(items.map((item) => this.#tails.get(item))).then(task);
    const tail: Promise<void> = result.then(
      () => this.#forget(items, tail),
      () => this.#forget(items, tail),
    );
    for (const item of items) this.#tails.set(item, tail);
    return result;
  }

  #forget(items: readonly string[], tail: Promise<void>): void {
    for (const item of items) if (this.#tails.get(item) === tail) this.#tails.delete(item);
  }
}
