import * as z from 'zod/mini';
import { type EndOperationDeps, endOperation } from '../../domain/end-operation.ts';
import { caughtError } from '../../domain/node-failure.ts';
import { checkInput } from '../../domain/workflow.ts';
import { failAfter } from './failed-operation.ts';

export const failedCheck = z.object({ ...checkInput.shape, error: caughtError });

/**
 * Node `fail` of a check, which could not be carried out: nothing of it is left, and a cluster that it held is free.
 * @throws the caught error; CleanupFailed
 */
export function checkFail(input: z.infer<typeof failedCheck>, deps: EndOperationDeps): Promise<never> {
  return failAfter(input.error, () => endOperation(input, input.flowName, 'Error', deps));
}
