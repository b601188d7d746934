import type { CaughtError } from './node-failure.ts';

/**
 * The workflow that waits for a worker. Each call answers false if it waits no longer: it has ended, has given the worker up, or
 * was told before, and only the answer to that was lost.
 */
export interface WaitingWorkflow {
  /** The worker is at work. */
  beat(): Promise<boolean>;
  succeed(result: unknown): Promise<boolean>;
  fail(error: CaughtError): Promise<boolean>;
}
