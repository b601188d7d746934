import { randomInt } from 'node:crypto';

/** The same elements in random order, for what TiDB lists in the order of a Go map or of parallel readers. */
export function shuffled<Element>(elements: readonly Element[]): Element[] {
  const left = [...elements];
  return elements.flatMap(() => left.splice(randomInt(left.length), 1));
}
