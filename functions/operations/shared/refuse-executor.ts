import { ServiceError } from '../../domain/shared/errors.ts';
import type { Executor } from '../../domain/workflow/executor.ts';

/** @throws ServiceError 10001 the request wants the worker, but there is none */
export function refuseExecutorWithoutWorker(executor: Executor | undefined, hasWorker: boolean): void {
  if (executor !== 'fargate' || hasWorker) return;
  throw new ServiceError(
    'TIEM_PARAMETER_INVALID',
    'executor: must be "lambda" or omitted: this deployment has no worker, because the tenant file names no "network"',
  );
}
