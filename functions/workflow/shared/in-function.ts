import type { Context } from 'aws-lambda';
import type { NodeRunner } from './node-runner.ts';

/**
 * Stopping a statement takes up to 25 s (`stop-statements.ts`, `supervise-statement.ts`); then the failure must be
 * reported.
 */
const STOP_MARGIN_MS = 30_000;

type RemainingTime = Pick<Context, 'getRemainingTimeInMillis'>;

/** When a running statement must be stopped, so that its function can end by itself; milliseconds since 1970. */
function stopDeadline(context: RemainingTime, now: number): number {
  return now + context.getRemainingTimeInMillis() - STOP_MARGIN_MS;
}

/** A function, which stops its statement itself before it is cut off. */
export function inFunction(context: RemainingTime, now: number, outOfTime: string): NodeRunner {
  return { executor: 'lambda', deadline: stopDeadline(context, now), outOfTime };
}
