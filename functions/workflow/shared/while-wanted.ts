import type { Clock } from '../../domain/shared/clock.ts';
import { NodeFailure } from '../../domain/workflow/node-failure.ts';
import { log } from '../../log.ts';
import { withTimeout } from './with-timeout.ts';

/** One scan may take hours, a list of tables minutes: meanwhile, checks whether the result is still wanted. */
const LOOK_EVERY_MS = 5_000;

export interface WhileWanted {
  clock: Pick<Clock, 'sleep'>;
  interruption?: AbortSignal | undefined;
  /** Called every few seconds. Only a NodeFailure ends the wait, not a store that is briefly unavailable. */
  goOn?: () => Promise<unknown>;
}

/**
 * Waits for a read. A caller that no longer wants it closes the hold, which ends the read.
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
      log.warn({ message: 'could not check whether the result is still wanted', error });
    }
  }
}
