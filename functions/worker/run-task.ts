import type { Clock } from '../domain/shared/clock.ts';
import { type CaughtError, NodeFailure, WORKER_INTERRUPTED } from '../domain/workflow/node-failure.ts';
import type { WaitingWorkflow } from '../domain/workflow/waiting-workflow.ts';
import { log } from '../log.ts';

/** After it was told to stop, a worker has two minutes until it is killed. By this time it says what it knows. */
const STOP_WITHIN_MS = 85_000;
/** And by this time it is gone, heard or not. */
const GONE_WITHIN_MS = 105_000;

/** For so long a result is told again and again: the workflow has given up the worker long before. */
const TELL_WITHIN_MS = 3_600_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;

export interface TaskDeps {
  workflow: WaitingWorkflow;
  clock: Clock;
  beatEveryMs: number;
  /** Aborts when the worker is to stop, as its machine is taken away. */
  stopped: AbortSignal;
  /** What that means for the statement, for people. */
  whenStopped: string;
}

type Outcome = { result: unknown } | { failure: CaughtError };

/**
 * Does the work of a node for a workflow that waits for it.
 * @param work is told by `interruption` to stop its statement; the reason is the failure that it then ends with
 * @returns false: the workflow could not be told the outcome, and will miss the worker
 */
export async function runTask(
  work: (interruption: AbortSignal) => Promise<unknown>,
  { workflow, clock, beatEveryMs, stopped, whenStopped }: TaskDeps,
): Promise<boolean> {
  const interruption = new AbortController();
  const ended = new AbortController();
  const stop = Promise.withResolvers<void>();
  const onStop = () => {
    log.warn({ message: 'the worker is stopped from outside' });
    interruption.abort(new NodeFailure(WORKER_INTERRUPTED, whenStopped));
    stop.resolve();
  };
  stopped.addEventListener('abort', onStop, { once: true });
  if (stopped.aborted) onStop();
  /** Resolves so long after the stop; never, if there is none. */
  const afterStop = (ms: number) => stop.promise.then(() => clock.sleep(ms));

  void keepBeating();
  const tooLate = afterStop(STOP_WITHIN_MS).then(
    (): Outcome => ({ failure: caught(new NodeFailure(WORKER_INTERRUPTED, `${whenStopped}; it may still run`)) }),
  );
  try {
    const outcome = await Promise.race([outcomeOf(work(interruption.signal)), tooLate]);
    return await Promise.race([tell(outcome), afterStop(GONE_WITHIN_MS).then(() => false)]);
  } finally {
    ended.abort();
    stopped.removeEventListener('abort', onStop);
  }

  /** However long the statement takes, and whatever becomes of one sign of life. */
  async function keepBeating(): Promise<void> {
    while (!ended.signal.aborted) {
      const isHeard = await workflow.beat().catch((error: unknown) => {
        log.warn({ message: 'a sign of life did not get through', error });
        return true;
      });
      if (!isHeard) {
        interruption.abort(new NodeFailure('OperationSuperseded', 'the workflow no longer waits for this worker'));
        return;
      }
      await clock.sleep(beatEveryMs, ended.signal).catch(() => undefined);
    }
  }

  /** Again after a lost answer too: what was heard the first time is refused, which says that it was. */
  async function tell(outcome: Outcome): Promise<boolean> {
    const giveUpAt = clock.now() + TELL_WITHIN_MS;
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
      try {
        const told = 'failure' in outcome ? workflow.fail(outcome.failure) : workflow.succeed(outcome.result);
        if (!(await told)) log.info({ message: 'the workflow does not wait for the outcome any more' });
        return true;
      } catch (error) {
        log.error({ message: 'the outcome did not get through', error });
        if (clock.now() >= giveUpAt) return false;
      }
      await clock.sleep(pause);
    }
  }
}

async function outcomeOf(work: Promise<unknown>): Promise<Outcome> {
  try {
    return { result: await work };
  } catch (error) {
    return { failure: caught(error) };
  }
}

/** As Step Functions would tell of a function that threw, so that nobody has to know which of the two it was. */
function caught(error: unknown): CaughtError {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return { Error: name, Cause: JSON.stringify({ errorType: name, errorMessage: message }) };
}
