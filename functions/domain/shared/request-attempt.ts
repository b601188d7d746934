import { type Clock, timestamp } from './clock.ts';
import { derivedIdentifier, newIdentifier } from './identifiers.ts';

/** One try of a request, as the operations see it: the request may have been tried before, and cut off. */
export interface Attempt {
  /** A new id. The tries of one request get the same ids in the same order, so that none starts what another has started. */
  newId(): string;
  /** The `createTime` of what the request makes, by which a store knows it again: the same for all its tries. RFC 3339. */
  createTime(): string;
  /** The request was begun before: what it is to do may have been done, in part or whole. */
  isRepeated: boolean;
}

/** Of a request that is not known to be tried again. */
export function onlyAttempt(clock: Pick<Clock, 'now'>): Attempt {
  return { newId: newIdentifier, createTime: () => timestamp(clock), isRepeated: false };
}

/** @param seed drawn at random when the request was begun, at `begunAt` */
export function requestAttempt({
  seed,
  begunAt,
  isRepeated,
}: {
  seed: string;
  begunAt: string;
  isRepeated: boolean;
}): Attempt {
  let count = 0;
  return {
    newId() {
      count += 1;
      return derivedIdentifier(seed, count);
    },
    createTime: () => begunAt,
    isRepeated,
  };
}
