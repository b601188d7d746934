import type { FunctionError } from './protocol.ts';

/** Lambda did not invoke the function, or lost its answer. */
export interface Refusal {
  readonly ok: false;
  /** HTTP status of the answer to Invoke. */
  readonly refused: number;
  readonly error: FunctionError;
}

/** Why Lambda does not invoke a function or loses its answer, and the resulting status of Invoke (API reference, Invoke). */
const STATUSES = {
  ResourceNotReadyException: 502,
  ENINotReadyException: 502,
  ENILimitReachedException: 502,
  SubnetIPAddressLimitReachedException: 502,
  EC2ThrottledException: 502,
  EC2UnexpectedException: 502,
  EFSMountConnectivityException: 408,
  EFSMountTimeoutException: 408,
  EFSMountFailureException: 403,
  EFSIOException: 410,
  ResourceConflictException: 409,
  ServiceException: 500,
} as const;
type NotReady = keyof typeof STATUSES;

interface Asked {
  readonly logicalId: string;
  /** JSON text. */
  readonly payload: string;
}

/** @returns `undefined` if Lambda works as it should */
type Rule = (invocation: Asked) => NotReady | undefined;

const AS_IT_SHOULD: Rule = () => undefined;

/** Obstacles between an invocation and its function. There are none by default; tests set them. */
export class Readiness {
  /** Lambda does not invoke the function. */
  refuses = AS_IT_SHOULD;
  /** The function runs to its end, but the answer is lost. */
  loses = AS_IT_SHOULD;
  /** Delays the first invocation of each process, before its code runs. */
  firstInvocationMs = 0;

  /**
   * Makes functions `Inactive`, as Lambda does with functions in a VPC after weeks without invocations: the next invocation is refused and
   * wakes the function, and all others are refused until it is awake (Lambda guide, "Lambda function states").
   */
  letSleep(functions: RegExp, wakesWithinMs: number): void {
    const awakeAt = new Map<string, number>();
    this.refuses = ({ logicalId }) => {
      if (!functions.test(logicalId)) return undefined;
      const at = awakeAt.get(logicalId) ?? Date.now() + wakesWithinMs;
      awakeAt.set(logicalId, at);
      return Date.now() < at ? 'ResourceNotReadyException' : undefined;
    };
  }

  refusalOf(invocation: Asked): Refusal | undefined {
    return refusal(this.refuses(invocation), 'the function is not ready to be invoked');
  }

  lossOf(invocation: Asked): Refusal | undefined {
    return refusal(this.loses(invocation), 'the answer of the function was lost');
  }
}

function refusal(errorType: NotReady | undefined, errorMessage: string): Refusal | undefined {
  return errorType && { ok: false, refused: STATUSES[errorType], error: { errorType, errorMessage } };
}
