import {
  CLEANUP_FAILED,
  NON_RETRYABLE,
  type NodeFailureName,
} from '../../../functions/domain/workflow/failure-table.ts';

/** An error name in Step Functions: a node's own (`failure-table.ts`), or one of AWS, with a dot. */
type ErrorEquals = NodeFailureName | typeof CLEANUP_FAILED | `${string}.${string}`;

/**
 * A retrier of Amazon States Language. `JitterStrategy: FULL` waits a random time, from zero to the delay given by the
 * other fields.
 */
export interface RetryPolicy {
  readonly ErrorEquals: readonly ErrorEquals[];
  readonly MaxAttempts: number;
  readonly IntervalSeconds?: number;
  readonly BackoffRate?: number;
  readonly MaxDelaySeconds?: number;
  readonly JitterStrategy?: 'FULL';
}

/**
 * Lambda refuses to invoke a function that it must prepare first (Lambda API reference, Invoke). A function in a VPC
 * that was inactive for weeks is `Inactive`: the invocation that wakes it is refused, and so are all others until its
 * network is back, up to ten minutes later.
 */
const NOT_READY = [
  'Lambda.ResourceNotReadyException',
  'Lambda.ResourceConflictException',
  'Lambda.ENINotReadyException',
  'Lambda.ENILimitReachedException',
  'Lambda.SubnetIPAddressLimitReachedException',
  'Lambda.EC2ThrottledException',
  'Lambda.EC2UnexpectedException',
  'Lambda.EFSMountConnectivityException',
  'Lambda.EFSMountFailureException',
  'Lambda.EFSMountTimeoutException',
  'Lambda.EFSIOException',
] as const;

const THROTTLED = 'Lambda.TooManyRequestsException';

/** Lambda failed, or its answer was lost: the function may have run, and may even have succeeded. */
const LAMBDA_FAILED = [
  'Lambda.ClientExecutionTimeoutException',
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
] as const;

/** The function's process ended before it could answer, for example for lack of memory. */
const DIED = ['Lambda.Unknown', 'Runtime.ExitError', 'Runtime.OutOfMemory'] as const;

/** Doubling pauses of at most two minutes, for far more than the ten minutes in which Lambda wakes a function. */
const UNTIL_READY = {
  IntervalSeconds: 2,
  BackoffRate: 2,
  MaxAttempts: 25,
  MaxDelaySeconds: 120,
  JitterStrategy: 'FULL',
} as const;

/** Doubling pauses of at most half a minute. */
const SOON = { BackoffRate: 2, MaxDelaySeconds: 30, JitterStrategy: 'FULL' } as const;

/**
 * The retry policies of all nodes, by their name in the definitions: `"${RetryNone}"`. The first policy of a state that
 * names an error applies; each counts its own attempts. Every comment gives the total of the pauses, which a test
 * computes; with full jitter it is half of that on average.
 */
export const RETRY_POLICIES = {
  /** Precedes a policy for all errors. */
  None: { ErrorEquals: NON_RETRYABLE, MaxAttempts: 0 },

  /** Precedes a policy for all errors: a node that reads a whole cluster would need as long again. */
  OutOfTime: { ErrorEquals: ['OutOfTime', 'Sandbox.Timedout', 'States.Timeout'], MaxAttempts: 0 },

  /**
   * 24 hours, half of that on average: the account has no concurrency left. Hourly in the end, so that one call returns
   * the whole history.
   */
  Throttled: {
    ErrorEquals: [THROTTLED],
    IntervalSeconds: 2,
    BackoffRate: 2,
    MaxAttempts: 34,
    MaxDelaySeconds: 3_600,
    JitterStrategy: 'FULL',
  },

  /**
   * 40 minutes, half of that on average. The function was not invoked. Includes throttling, unless `Throttled` precedes
   * it.
   */
  Refused: { ErrorEquals: [...NOT_READY, THROTTLED], ...UNTIL_READY },

  /** 40 minutes, half of that on average. The same for the tenant's provisioner. */
  ProvisionerNotReady: { ErrorEquals: ['ProvisionerNotReady'], ...UNTIL_READY },

  /** 5 minutes. For a node that may have run: it first checks what an earlier run did. */
  Transient: {
    ErrorEquals: [...LAMBDA_FAILED, ...DIED],
    IntervalSeconds: 1,
    BackoffRate: 3,
    MaxAttempts: 6,
    MaxDelaySeconds: 180,
    JitterStrategy: 'FULL',
  },

  /** 10 minutes and 20 seconds. ECS did not start the worker: a temporary lack of addresses or capacity. */
  WorkerNotStarted: {
    ErrorEquals: ['AmazonECS.Unknown', 'ECS.AmazonECSException', 'ECS.ServerException'],
    IntervalSeconds: 20,
    BackoffRate: 2,
    MaxAttempts: 7,
    MaxDelaySeconds: 120,
    JitterStrategy: 'FULL',
  },

  /** 5 minutes. The worker's machine was taken away: another starts the backup again, in its own path. */
  WorkerInterrupted: {
    ErrorEquals: ['WorkerInterrupted'],
    IntervalSeconds: 20,
    BackoffRate: 2,
    MaxAttempts: 4,
    JitterStrategy: 'FULL',
  },

  /**
   * 1 second, once. The worker sent no heartbeat for minutes: it is dead, or cut off, and another checks what it left.
   */
  HeartbeatMissed: {
    ErrorEquals: ['States.HeartbeatTimeout'],
    IntervalSeconds: 1,
    MaxAttempts: 1,
    JitterStrategy: 'FULL',
  },

  /**
   * 31 seconds. For a node that may be retried after any error, such as a store or network that is briefly unavailable.
   */
  Default: { ErrorEquals: ['States.ALL'], IntervalSeconds: 1, MaxAttempts: 5, ...SOON },

  /**
   * 8 hours, half of that on average. For a node `end`: its operation has succeeded, so giving up would be wrong.
   * Meanwhile repair does its work, if that needs only writes.
   */
  UntilDone: {
    ErrorEquals: ['States.ALL'],
    IntervalSeconds: 1,
    BackoffRate: 2,
    MaxAttempts: 26,
    MaxDelaySeconds: 1_800,
    JitterStrategy: 'FULL',
  },

  /** 31 seconds. A `fail` node that failed. What it throws when it is done has another name (`originalError`). */
  Cleanup: { ErrorEquals: [...LAMBDA_FAILED, CLEANUP_FAILED], IntervalSeconds: 1, MaxAttempts: 5, ...SOON },

  /** 2 hours, half of that on average: CleanupFailed also means that the new cluster is still being destroyed. */
  Destruction: {
    ErrorEquals: [...LAMBDA_FAILED, CLEANUP_FAILED],
    IntervalSeconds: 2,
    BackoffRate: 1.5,
    MaxAttempts: 34,
    MaxDelaySeconds: 300,
    JitterStrategy: 'FULL',
  },

  /** 3 seconds. For a `fail` node that crashed. It may take five minutes each time, so two retries must do. */
  FunctionCrashed: {
    ErrorEquals: [...DIED, 'Sandbox.Timedout', 'States.Timeout'],
    IntervalSeconds: 1,
    MaxAttempts: 2,
    ...SOON,
  },

  /**
   * 24 hours, half of that on average: another operation holds the cluster, or dependent backups are deleted first.
   * Every 6 minutes in the end, which costs little.
   */
  ClusterBusy: {
    ErrorEquals: ['ClusterBusy', 'DependentsRemain'],
    IntervalSeconds: 1,
    BackoffRate: 1.5,
    MaxAttempts: 253,
    MaxDelaySeconds: 360,
    JitterStrategy: 'FULL',
  },

  /** 4 hours, half of that on average: the new cluster is still being created. */
  ClusterNotReady: {
    ErrorEquals: ['ClusterNotReady'],
    IntervalSeconds: 2,
    BackoffRate: 1.5,
    MaxAttempts: 89,
    MaxDelaySeconds: 180,
    JitterStrategy: 'FULL',
  },
} as const satisfies Record<string, RetryPolicy>;
