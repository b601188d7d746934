import * as z from 'zod/mini';
import { ERRORS } from '../shared/errors.ts';
import { withoutSecrets } from '../shared/redaction.ts';
import { CLEANUP_FAILED, isNodeFailureName, NODE_FAILURES, type NodeFailureName } from './failure-table.ts';

/** With a worker, a backup or a verification that ends so goes on there: the definition of its workflow catches the name. */
export const OUT_OF_TIME = 'OutOfTime' satisfies NodeFailureName;

/** A backup that ends so is begun again on another worker: the definition retries the name. */
export const WORKER_INTERRUPTED = 'WorkerInterrupted' satisfies NodeFailureName;

/**
 * A node's failure. `message` is stored in the record and the execution's history, so it holds no secret, raw SQL or
 * key.
 */
export class NodeFailure extends Error {
  override readonly name: NodeFailureName;

  constructor(name: NodeFailureName, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = name;
  }
}

/** What Step Functions passes on about a caught error: for a Lambda task, `Cause` is a JSON string. */
export const caughtError = z.object({ Error: z.string(), Cause: z.string() });
export type CaughtError = z.infer<typeof caughtError>;

/** The `error` field of a record. */
export function recordError(caught: CaughtError): { code: number; message: string } {
  const name = isNodeFailureName(caught.Error) ? NODE_FAILURES[caught.Error].error : 'TIEM_UNRECOGNIZED_ERROR';
  return { code: ERRORS[name].code, message: `${caught.Error}: ${causeMessage(caught.Cause)}` };
}

/**
 * The error that an execution ends with if an earlier node failed with an error that could also come from the node
 * `fail`: `Sandbox.Timedout`, `Lambda.ServiceException`. Under its own name it would look as if `fail` itself had
 * failed.
 */
const NODE_DIED = 'NodeDied';

/** The node `fail` could not finish (the store or the network failed); ASL's `Retry` repeats it. */
export class CleanupFailed extends Error {
  static readonly NAME = CLEANUP_FAILED;
  override readonly name = CleanupFailed.NAME;
}

/**
 * Thrown by the node `fail` when its work is done: the execution ends with the original error. Nothing else that `fail`
 * throws has such a name, so neither ASL's `Retry` nor `FailNodes` confuses the two.
 */
export function originalError(caught: CaughtError, addition?: string): Error {
  const error = new Error([causeMessage(caught.Cause), addition].filter((text) => text !== undefined).join('; '));
  error.name = caught.Error;
  if (!mayBefallFail(caught.Error)) return error;
  error.message = `${caught.Error}: ${error.message}`;
  error.name = NODE_DIED;
  return error;
}

/** AWS's own error names (`States.`, `Lambda.`, `Sandbox.`, `Runtime.`) contain a dot; those from code do not. */
function mayBefallFail(name: string): boolean {
  return name.includes('.') || name === CleanupFailed.NAME;
}

/** For showing: errors that are not ours (AWS's "access denied") contain account ids. */
function causeMessage(cause: string): string {
  return withoutSecrets(lambdaMessage(cause) ?? cause);
}

/** Lambda's Cause is JSON `{errorType, errorMessage, trace}`; a timeout's or the service's own is plain text. */
function lambdaMessage(cause: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(cause);
    if (typeof parsed === 'object' && parsed !== null && 'errorMessage' in parsed) return String(parsed.errorMessage);
  } catch {
    // Not JSON: use the text itself as the message.
  }
  return undefined;
}
