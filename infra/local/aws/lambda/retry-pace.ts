import { setTimeout as delay } from 'node:timers/promises';

/** A wait of a minute at AWS lasts 0.2 s here. */
const SPEED = 300;

/** Waits as long as AWS would, only faster. Resolves early, and with `false`, when it is given up. */
export function retryPause(seconds: number, givenUp: AbortSignal): Promise<boolean> {
  return delay((seconds * 1000) / SPEED, true, { signal: givenUp, ref: false }).catch(() => false);
}
