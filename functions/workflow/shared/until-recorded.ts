import type { Clock } from '../../domain/shared/clock.ts';
import { NodeFailure } from '../../domain/workflow/node-failure.ts';
import { log } from '../../log.ts';
import type { NodeRunner } from './node-runner.ts';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
const TRY_WITHIN_MS = 3_600_000;
/** Where the function is about to be cut off. */
const LAST_TRIES_MS = 10_000;

/**
 * Notes what has succeeded, and tries again while the store is away: hours of work must not count as failed for that.
 * @throws NodeFailure; what the store throws in the end
 */
export async function untilRecorded(
  note: () => Promise<unknown>,
  { clock, deadline }: Pick<NodeRunner, 'deadline'> & { clock: Clock },
): Promise<void> {
  const now = clock.now();
  const giveUpAt = Math.max(now + LAST_TRIES_MS, Math.min(deadline, now + TRY_WITHIN_MS));
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    try {
      await note();
      return;
    } catch (error) {
      if (error instanceof NodeFailure || clock.now() + pause >= giveUpAt) throw error;
      log.warn({ message: 'a success could not be noted yet', error });
    }
    await clock.sleep(pause);
  }
}
