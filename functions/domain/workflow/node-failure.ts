import * as z from 'zod/mini';
import { ERRORS } from '../shared/errors.ts';
import { withoutSecrets } from '../shared/redaction.ts';
import { CLEANUP_FAILED, isNodeFailureName, NODE_FAILURES, type NodeFailureName } from './failure-table.ts';

/** With a worker, a backup or a verification that ends so goes on there: the definition of its workflow catches the name. */
export const OUT_OF_TIME = 'OutOfTime' satisfies NodeFailureName;

/** A backup that ends so is begun anew on another worker: the definition retries the name. */
export const WORKER_INTERRUPTED = 'WorkerInterrupted' satisfies NodeFailureName;

/** A node's failure. `message` goes into the record and the execution's history: no secret, no raw SQL, no key. */
export class NodeFailure extends Error {
  override readonly name: NodeFailureName;

  constructor(name: NodeFailureName, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = name;
  }
}

/** What Step Functions passes on of an error that it caught: for a Lambda task, `Cause` is JSON in a string. */
export const caughtError = z.object({ Error: z.string(), Cause: z.string() });
export type CaughtError = z.infer<typeof caughtError>;

/** The `error` field of a record. */
export function recordError(caught: CaughtError): { code: number; message: string } {
  const name = isNodeFailureName(caught.Error) ? NODE_FAILURES[caught.Error].error : 'TIEM_UNRECOGNIZED_ERROR';
  return { code: ERRORS[name].code, message: `${caught.Error}: ${causeMessage(caught.Cause)}` };
}

/**
 * The error that an execution ends with when an earlier node failed of something that can befall the node `fail` as well:
 * `Sandbox.Timedout`, `Lambda.ServiceException`. Under its own name it would look as if `fail` had not done its work.
 */
const NODE_DIED = 'NodeDied';

/** The node `fail` could not do its work (the store or a network away): doing it again is right, and ASL's `Retry` does. */
export class CleanupFailed extends Error {
  static readonly NAME = CLEANUP_FAILED;
  override readonly name = CleanupFailed.NAME;
}

/**
 * To be thrown by the node `fail` when its work is done: the execution ends with the error that it was all about. Nothing else
 * that `fail` may end in has its name, so that neither ASL's `Retry` nor `FailNodes` takes the one for the other.
 */
export function originalError(caught: CaughtError, addition?: string): Error {
  const error = new Error([causeMessage(caught.Cause), addition].filter((text) => text !== undefined).join('; '));
  error.name = caught.Error;
  if (!mayBefallFail(caught.Error)) return error;
  error.message = `${caught.Error}: ${error.message}`;
  error.name = NODE_DIED;
  return error;
}

/** The names that AWS itself gives to errors (`States.`, `Lambda.`, `Sandbox.`, `Runtime.`) have a dot; those of code have none. */
function mayBefallFail(name: string): boolean {
  return name.includes('.') || name === CleanupFailed.NAME;
}

/** As it may be shown: an error that is not ours (AWS's "access denied") names accounts. */
function causeMessage(cause: string): string {
  return withoutSecrets(lambdaMessage(cause) ?? cause);
}

/** Lambda's Cause is JSON `{errorType, errorMessage, trace}`; a timeout's or the service's own is plain text. */
function lambdaMessage(cause: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(cause);
    if (typeof parsed === 'object' && parsed !== null && 'errorMessage' in parsed) return String(parsed.errorMessage);
  } catch {
    // Not JSON: the text itself is the message.
  }
  return undefined;
}
