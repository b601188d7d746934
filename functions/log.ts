import { AsyncLocalStorage } from 'node:async_hooks';

/** What is being worked on. It goes with the work, over every `await`, as a trace does. */
export interface WorkContext {
  /** One for a request and all that follows from it: log lines, workflow, nodes, SQL. */
  readonly correlationId: string;
  readonly [field: string]: string;
}

const current = new AsyncLocalStorage<WorkContext>();

/** Does `work`; every line that it logs holds the fields of `context`. */
export function inContext<Result>(context: WorkContext, work: () => Result): Result {
  return current.run(context, work);
}

/** The correlation id of an operation: that of the request; if nobody asked for it, as in a sweep, the operation's own. */
export function correlationOf(operationId: string): string {
  return current.getStore()?.correlationId ?? operationId;
}

interface Line {
  readonly [field: string]: unknown;
  /** What was thrown. */
  readonly error?: unknown;
}

const inCurrent = ({ error, ...line }: Line): object => ({
  ...line,
  ...(error !== undefined && { error: describe(error) }),
  ...current.getStore(),
});

/**
 * An error as data, with what caused it, into which Lambda's log format does not look. No other property: a driver's error has the
 * statement in it, whose URL may hold keys.
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

/** One object a line: Lambda's JSON log format adds time, level and the invocation's request id. Nothing else logs. */
export const log = {
  info: (line: Line) => console.info(inCurrent(line)),
  warn: (line: Line) => console.warn(inCurrent(line)),
  error: (line: Line) => console.error(inCurrent(line)),
};
