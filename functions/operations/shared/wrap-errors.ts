import { type ErrorName, ServiceError } from '../../domain/shared/errors.ts';

/** Gives a failure of the service itself (a store, Step Functions) its row of the error table; the true error is its cause. */
export async function wrapErrors<Result>(name: ErrorName, work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof ServiceError ? error : new ServiceError(name, undefined, { cause: error });
  }
}
