import type { Clock } from '../../domain/shared/clock.ts';
import { StartsThrottled, type WorkflowExecutions } from '../../domain/workflow/workflow-executions.ts';

/**
 * In most regions, an account may start 800 executions at once and 150 a second (Step Functions guide, "Quotas"). A sweep
 * stays below, and leaves room for what users start.
 */
const BURST = 600;
const PER_SECOND = 120;

/** Refusals that end by themselves: too many starts a second, or too many open executions. */
const THROTTLED = ['ThrottlingException', 'TooManyRequestsException', 'ExecutionLimitExceeded'];

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8_000;

/** Less than the time that a sweep keeps for its last item. */
const PATIENCE_MS = 45_000;

/** Executions for a sweep: their starts keep below Step Functions' limits, and wait while it refuses more. */
export function pacedStarts(executions: WorkflowExecutions, clock: Clock): WorkflowExecutions {
  const interval = 1_000 / PER_SECOND;
  /** When the next start is due at that rate. It may lag behind by a burst. */
  let next = 0;

  async function waitForTurn(): Promise<void> {
    const now = clock.now();
    const turn = Math.max(next, now - BURST * interval);
    next = turn + interval;
    if (turn > now) await clock.sleep(turn - now);
  }

  return {
    ...executions,
    async start(flowName, input) {
      const until = clock.now() + PATIENCE_MS;
      for (let wait = FIRST_WAIT_MS; ; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
        await waitForTurn();
        try {
          return await executions.start(flowName, input);
        } catch (error) {
          if (!(error instanceof Error) || !THROTTLED.includes(error.name)) throw error;
          const cause = { cause: error };
          if (clock.now() + wait > until) throw new StartsThrottled('too many executions are started or open', cause);
          // Jitter: those that were refused together must not come back together.
          await clock.sleep(wait * (0.5 + Math.random() / 2));
        }
      }
    },
  };
}
