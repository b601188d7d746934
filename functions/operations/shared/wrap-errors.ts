import { type ErrorName, ServiceError } from '../../domain/shared/errors.ts';

/**
 * Wraps a failure of the service itself (a store, Step Functions) in a row of the error table; the original error
 * becomes the cause.
 */
export async function wrapErrors<Result>(name: ErrorName, work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof ServiceError ? error : new ServiceError(name, undefined, { cause: error });
  }
}
