import * as z from 'zod/mini';
import { type CaughtError, CleanupFailed, caughtError, originalError } from '../../domain/workflow/node-failure.ts';
import { operationInput } from '../../domain/workflow/workflow.ts';

/** What a `fail` node is given: the workflow's input, and what Step Functions caught. */
export const failedOperation = z.object({ ...operationInput.shape, error: caughtError });
export type FailedOperation = z.infer<typeof failedOperation>;

/**
 * Does the work of a `fail` node, and then throws the error that led to it: the execution ends with its true reason, and with what
 * the work answers as text.
 * @throws CleanupFailed instead, if the work itself could not be done; then ASL's `Retry` does it again.
 */
export async function failAfter(error: CaughtError, work: () => Promise<unknown>): Promise<never> {
  let addition: unknown;
  try {
    addition = await work();
  } catch (cause) {
    throw new CleanupFailed(`the failure could not be recorded: ${cause instanceof Error ? cause.name : 'unknown'}`, {
      cause,
    });
  }
  throw originalError(error, typeof addition === 'string' ? addition : undefined);
}
