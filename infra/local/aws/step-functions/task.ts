import type { StateMachine } from 'aws-local-stepfunctions';
import type { FunctionError } from '../lambda/protocol.ts';
import type { Refusal } from '../lambda/readiness.ts';

/** A JSON value, as the interpreter types it. */
export type JsonValue = Parameters<StateMachine['run']>[0];

/** Step Functions refuses larger inputs and results of a state (256 KiB). */
export const MAX_DATA_BYTES = 262_144;

/** A failed task as the interpreter sees it: `Retry` and `Catch` compare `name`; the message becomes the `Cause`. */
export class TaskError extends Error {
  override readonly name: string;
  /** Read by the interpreter: `States.ALL` does not match these two errors. */
  readonly isRetryable: boolean;
  readonly isCatchable: boolean;

  constructor(name: string, cause: string) {
    super(cause);
    this.name = name;
    this.isRetryable = this.isCatchable = name !== 'States.DataLimitExceeded' && name !== 'States.Runtime';
  }
}

/** A function's error: its type is the error's name, its JSON (`errorMessage`, `errorType`, `trace`) the cause. */
export function functionFailure(error: FunctionError): TaskError {
  const { errorMessage, errorType, trace } = error;
  return new TaskError(errorType, JSON.stringify({ errorMessage, errorType, ...(trace && { trace }) }));
}

/** Lambda did not invoke the function: Step Functions prefixes the API's error name with `Lambda.`. */
export function refusal({ refused, requestId, error }: Refusal & { readonly requestId: string }): TaskError {
  const { errorType, errorMessage } = error;
  return new TaskError(
    `Lambda.${errorType}`,
    `${errorMessage} (Service: Lambda, Status Code: ${refused}, Request ID: ${requestId})`,
  );
}

/** What a Task state's `Resource` calls. */
export type TaskKind =
  /** A function's ARN: the state's input is its event, its result the state's result. */
  | { readonly kind: 'function'; readonly arn: string }
  /** `arn:aws:states:::lambda:invoke`: parameters `FunctionName` and `Payload`. */
  | { readonly kind: 'lambda:invoke'; readonly waitForToken: boolean }
  /** `arn:aws:states:::ecs:runTask`: parameters of `RunTask`. */
  | { readonly kind: 'ecs:runTask'; readonly waitForToken: boolean };

/** Throws for a service integration that the local cloud lacks. */
export function taskKind(resource: string): TaskKind {
  if (/^arn:[^:]+:lambda:/.test(resource)) return { kind: 'function', arn: resource };
  const [, integration, token] = /^arn:[^:]+:states:::([^.]+)(\.waitForTaskToken)?$/.exec(resource) ?? [];
  if (integration === 'lambda:invoke' || integration === 'ecs:runTask') {
    return { kind: integration, waitForToken: token !== undefined };
  }
  throw new Error(`the local Step Functions cannot run tasks of ${resource}`);
}
