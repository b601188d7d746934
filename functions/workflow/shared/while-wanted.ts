import type { Clock } from '../../domain/shared/clock.ts';
import { NodeFailure } from '../../domain/workflow/node-failure.ts';
import { log } from '../../log.ts';
import { withTimeout } from './with-timeout.ts';

/** One scan may take hours, a list of tables minutes: whether the result is still wanted is asked meanwhile. */
const LOOK_EVERY_MS = 5_000;

export interface WhileWanted {
  clock: Pick<Clock, 'sleep'>;
  interruption?: AbortSignal | undefined;
  /** Called every few seconds. Only a NodeFailure ends the wait: a store that is away for a moment is no reason. */
  goOn?: () => Promise<unknown>;
}

/**
 * Waits for what is read. Whoever no longer wants it closes the hold, which ends what is read still.
 * @throws what the work throws; the reason of the interruption; what `goOn` throws
 */
export async function whileWanted<Result>(
  work: Promise<Result>,
  { clock, interruption, goOn }: WhileWanted,
): Promise<Result> {
  const answer = work.then((result) => ({ result }));
  for (;;) {
    const answered = await withTimeout(answer, LOOK_EVERY_MS, clock, interruption);
    if (answered !== undefined) return answered.result;
    interruption?.throwIfAborted();
    try {
      await goOn?.();
    } catch (error) {
      if (error instanceof NodeFailure) throw error;
      log.warn({ message: 'whether what is read is still wanted could not be asked', error });
    }
  }
}
