import type { Clock } from '../domain/shared/clock.ts';
import { type CaughtError, NodeFailure, WORKER_INTERRUPTED } from '../domain/workflow/node-failure.ts';
import type { WaitingWorkflow } from '../domain/workflow/waiting-workflow.ts';
import { log } from '../log.ts';

/** A worker that is told to stop is killed after two minutes. By this time it reports what it knows. */
const STOP_WITHIN_MS = 85_000;
/** By this time it has exited, whether or not the report got through. */
const GONE_WITHIN_MS = 105_000;

/** Reports are retried for this long: the workflow has given up on the worker long before. */
const TELL_WITHIN_MS = 3_600_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;

export interface TaskDeps {
  workflow: WaitingWorkflow;
  clock: Clock;
  beatEveryMs: number;
  /** Aborts when the worker must stop, because its machine is taken away. */
  stopped: AbortSignal;
  /** The consequence for the statement, for people. */
  whenStopped: string;
}

type Outcome = { result: unknown } | { failure: CaughtError };

/**
 * Runs a node for a workflow that waits for it.
 * @param work must stop its statement when `interruption` aborts; the reason is the failure to end with
 * @returns false if the workflow could not be told the outcome, so that it will notice a missing heartbeat
 */
export async function runTask(
  work: (interruption: AbortSignal) => Promise<unknown>,
  { workflow, clock, beatEveryMs, stopped, whenStopped }: TaskDeps,
): Promise<boolean> {
  const interruption = new AbortController();
  const ended = new AbortController();
  const stop = Promise.withResolvers<void>();
  const onStop = () => {
    log.warn({ message: 'the worker is being stopped from outside' });
    interruption.abort(new NodeFailure(WORKER_INTERRUPTED, whenStopped));
    stop.resolve();
  };
  stopped.addEventListener('abort', onStop);
  if (stopped.aborted) onStop();
  /** Resolves this long after the stop; never, if there is none. */
  const afterStop = (ms: number) => stop.promise.then(() => clock.sleep(ms));

  void keepBeating();
  const tooLate = afterStop(STOP_WITHIN_MS).then(
    (): Outcome => ({
      failure: caught(new NodeFailure(WORKER_INTERRUPTED, `${whenStopped}; it may still be running`)),
    }),
  );
  try {
    const outcome = await Promise.race([outcomeOf(work(interruption.signal)), tooLate]);
    return await Promise.race([tell(outcome), afterStop(GONE_WITHIN_MS).then(() => false)]);
  } finally {
    ended.abort();
  }

  /** Continues for as long as the statement takes, even if a heartbeat fails. */
  async function keepBeating(): Promise<void> {
    while (!ended.signal.aborted) {
      const isHeard = await workflow.beat().catch((error: unknown) => {
        log.warn({ message: 'heartbeat failed', error });
        return true;
      });
      if (!isHeard) {
        interruption.abort(new NodeFailure('OperationSuperseded', 'the workflow no longer waits for this worker'));
        return;
      }
      await clock.sleep(beatEveryMs, ended.signal).catch(() => undefined);
    }
  }

  /**
   * Also retried when only an answer was lost: then the second report is rejected, which shows that the first arrived.
   */
  async function tell(outcome: Outcome): Promise<boolean> {
    const giveUpAt = clock.now() + TELL_WITHIN_MS;
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
      try {
        const told = 'failure' in outcome ? workflow.fail(outcome.failure) : workflow.succeed(outcome.result);
        if (!(await told)) log.info({ message: 'the workflow no longer waits for the outcome' });
        return true;
      } catch (error) {
        log.error({ message: 'the outcome could not be reported', error });
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

/** In the format of a function that threw, so that workflows need not tell functions and workers apart. */
function caught(error: unknown): CaughtError {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return { Error: name, Cause: JSON.stringify({ errorType: name, errorMessage: message }) };
}
