import { ServiceError } from '../../domain/shared/errors.ts';
import type { Executor } from '../../domain/workflow/executor.ts';

/** @throws ServiceError 10001 what is to run on the worker cannot: there is none */
export function refuseExecutorWithoutWorker(executor: Executor | undefined, hasWorker: boolean): void {
  if (executor !== 'fargate' || hasWorker) return;
  throw new ServiceError(
    'TIEM_PARAMETER_INVALID',
    'executor: must be "lambda" or absent: this deployment has no worker, because the tenant\'s file names no "network"',
  );
}
