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

/** Undefined: nobody asked for what is being done, as in a sweep. */
export function correlationId(): string | undefined {
  return current.getStore()?.correlationId;
}

const inCurrent = (line: object): object => ({ ...line, ...current.getStore() });

/** One object a line: Lambda's JSON log format adds time, level and the invocation's request id. Nothing else logs. */
export const log = {
  info: (line: object) => console.info(inCurrent(line)),
  warn: (line: object) => console.warn(inCurrent(line)),
  error: (line: object) => console.error(inCurrent(line)),
};
