import type { CaughtError } from './node-failure.ts';

/**
 * The workflow that waits for a worker. Each call returns false if it no longer waits: it has ended, has given up on
 * the worker, or was already told and only that answer was lost.
 */
export interface WaitingWorkflow {
  /** Heartbeat: the worker is running. */
  beat(): Promise<boolean>;
  succeed(result: unknown): Promise<boolean>;
  fail(error: CaughtError): Promise<boolean>;
}
