/** What is drawn, and how often compared with the others. */
export type Card<Item> = readonly [weight: number, item: Item];

/** Deals each card once, in order, so that a short run omits none; then at random. */
export class Deck<Item> {
  readonly #first: Item[];
  readonly #weighted: readonly Item[];
  readonly #allDealt = Promise.withResolvers<void>();

  constructor(cards: readonly Card<Item>[]) {
    this.#first = cards.map(([, item]) => item);
    this.#weighted = cards.flatMap(([weight, item]) => Array.from({ length: weight }, () => item));
  }

  /** Resolves when each card has been dealt once. */
  get allDealt(): Promise<void> {
    return this.#allDealt.promise;
  }

  draw(): Item {
    const next = this.#first.shift();
    if (this.#first.length === 0) this.#allDealt.resolve();
    return next ?? any(this.#weighted);
  }
}

export function any<Item>(items: readonly Item[]): Item {
  const item = items[Math.floor(Math.random() * items.length)];
  if (item === undefined) throw new Error('there is nothing to choose from');
  return item;
}
