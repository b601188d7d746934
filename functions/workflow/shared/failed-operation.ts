import * as z from 'zod/mini';
import { type CaughtError, CleanupFailed, caughtError, originalError } from '../../domain/workflow/node-failure.ts';
import { operationInput } from '../../domain/workflow/workflow.ts';

/** Input of a `fail` node: the workflow's input, and the error that Step Functions caught. */
export const failedOperation = z.object({ ...operationInput.shape, error: caughtError });
export type FailedOperation = z.infer<typeof failedOperation>;

/**
 * Does the work of a `fail` node, then throws the original error: the execution ends with its true cause, followed by
 * the text that the work returns.
 * @throws CleanupFailed instead, if the work itself failed; ASL's `Retry` repeats it
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
