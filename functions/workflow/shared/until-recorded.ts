import type { Clock } from '../../domain/shared/clock.ts';
import { NodeFailure } from '../../domain/workflow/node-failure.ts';
import { log } from '../../log.ts';
import type { NodeRunner } from './node-runner.ts';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
const TRY_WITHIN_MS = 3_600_000;
/** Time reserved before the function is cut off. */
const LAST_TRIES_MS = 10_000;

/**
 * Records a success, and retries while the store is unavailable: hours of work must not fail because of that.
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
      log.warn({ message: 'a success could not be recorded yet', error });
    }
    await clock.sleep(pause);
  }
}
