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

const inCurrent = (line: object): object => ({ ...line, ...current.getStore() });

/** One object a line: Lambda's JSON log format adds time, level and the invocation's request id. Nothing else logs. */
export const log = {
  info: (line: object) => console.info(inCurrent(line)),
  warn: (line: object) => console.warn(inCurrent(line)),
  error: (line: object) => console.error(inCurrent(line)),
};
