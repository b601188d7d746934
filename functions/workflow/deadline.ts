import type { Context } from 'aws-lambda';

/** To stop a statement takes up to 25 s (`stop-statements.ts`, `supervise-statement.ts`); then the failure is reported. */
const STOP_MARGIN_MS = 30_000;

/** When a statement that still runs has to be stopped, so that its function ends by itself; milliseconds since 1970. */
export function stopDeadline(context: Pick<Context, 'getRemainingTimeInMillis'>, now: number): number {
  return now + context.getRemainingTimeInMillis() - STOP_MARGIN_MS;
}
