import { AsyncLocalStorage } from 'node:async_hooks';

/** What is being worked on. It follows the work across every `await`, like a trace. */
export interface WorkContext {
  /** Shared by a request and everything that follows from it: log lines, workflow, nodes, SQL. */
  readonly correlationId: string;
  readonly [field: string]: string;
}

const current = new AsyncLocalStorage<WorkContext>();

/** Runs `work`; every line that it logs includes the fields of `context`. */
export function inContext<Result>(context: WorkContext, work: () => Result): Result {
  return current.run(context, work);
}

/**
 * The correlation id of an operation: that of the request, or the operation's own if there was no request, as in a
 * sweep.
 */
export function correlationOf(operationId: string): string {
  return current.getStore()?.correlationId ?? operationId;
}

interface Line {
  readonly [field: string]: unknown;
  /** The thrown error. */
  readonly error?: unknown;
}

const inCurrent = ({ error, ...line }: Line): object => ({
  ...line,
  ...(error !== undefined && { error: describe(error) }),
  ...current.getStore(),
});

/**
 * An error and its causes as data, because Lambda's log format does not include causes. No other properties: a driver's
 * error contains the statement, whose URL may hold keys.
 */
function describe(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  return {
    name: error.name,
    message: error.message,
    stack: error.stack,
    ...(error instanceof AggregateError && { errors: error.errors.map(describe) }),
    ...(error.cause !== undefined && { cause: describe(error.cause) }),
  };
}

/**
 * One object per line: Lambda's JSON log format adds time, level and the request id of the invocation. Nothing else
 * logs.
 */
export const log = {
  info: (line: Line) => console.info(inCurrent(line)),
  warn: (line: Line) => console.warn(inCurrent(line)),
  error: (line: Line) => console.error(inCurrent(line)),
};
