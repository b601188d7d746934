import * as z from 'zod/mini';
import { type EndOperationDeps, endOperation } from '../../domain/workflow/end-operation.ts';
import { caughtError } from '../../domain/workflow/node-failure.ts';
import { checkInput } from '../../domain/workflow/workflow.ts';
import { failAfter } from '../shared/failed-operation.ts';
import { type EndScratchDeps, endScratch, startDeletion } from './end-scratch.ts';

export const failedCheck = z.object({ ...checkInput.shape, error: caughtError });

export type CheckFailDeps = EndOperationDeps & EndScratchDeps;

/**
 * Node `fail` of a check that failed to run: everything that a scratch backup created is removed, and the cluster is
 * released.
 * @throws the caught error; CleanupFailed
 */
export function checkFail(input: z.infer<typeof failedCheck>, deps: CheckFailDeps): Promise<never> {
  return failAfter(input.error, async () => {
    const { deletion } = input.maintenanceStatusChange ? await endScratch(input, deps) : {};
    await endOperation(input, input.flowName, 'Error', deps);
    await startDeletion(deletion, deps);
  });
}
