import { type Clock, timestamp } from './clock.ts';
import { derivedIdentifier, newIdentifier } from './identifiers.ts';

/** One try of a request. An earlier try may have been cut off. */
export interface Attempt {
  /**
   * A new id. The tries of a request get the same ids in the same order, so that none repeats what another has started.
   */
  newId(): string;
  /**
   * The `createTime` of everything that the request creates, by which a store recognizes it: the same for all tries.
   * RFC 3339.
   */
  createTime(): string;
  /** The request was started before, so some or all of its work may have been done. */
  isRepeated: boolean;
}

/** For a request that cannot be repeated. */
export function onlyAttempt(clock: Pick<Clock, 'now'>): Attempt {
  return { newId: newIdentifier, createTime: () => timestamp(clock), isRepeated: false };
}

/** @param seed drawn at random when the request was first started, at `begunAt` */
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
