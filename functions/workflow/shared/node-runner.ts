import type { Executor } from '../../domain/workflow/executor.ts';

/** What runs a node, and how long it lets a statement run. */
export interface NodeRunner {
  executor: Executor;
  /** When to stop a running statement, in milliseconds since 1970, or `Infinity`. */
  deadline: number;
  /** The message for a statement that is stopped then. */
  outOfTime: string;
  /** Aborts to stop a statement earlier, with the `NodeFailure` to end with. */
  interruption?: AbortSignal | undefined;
}

const TOO_LONG = 'it is too long for a function of 15 minutes';
const NO_WORKER = `${TOO_LONG}, and this deployment has no worker because the tenant's file names no "network"`;

/** With a worker the workflow continues there, and the message appears only in the history. */
export function backupOutOfTime(hasWorker: boolean): string {
  if (hasWorker) return `${TOO_LONG}, and is started again on the worker`;
  return `${NO_WORKER}; name one, or raise the rate limit in the configuration`;
}

/**
 * Restored data would block another try, as the failure says; not so for a drill, whose cluster is destroyed by then.
 */
export function restoreOutOfTime(hasWorker: boolean, isDrill = false): string {
  if (isDrill) return hasWorker ? `${TOO_LONG}; drill again with "executor": "fargate"` : verifyOutOfTime(false);
  if (hasWorker) return `${TOO_LONG}; restore again with "executor": "fargate"`;
  return `${NO_WORKER}; name one, or raise the rate limit in the configuration`;
}

/** Backing up one row is quick: what takes long is the queue in TiDB. */
export const SCRATCH_OUT_OF_TIME =
  'it took longer than a check may; see what else TiDB is backing up or restoring (SHOW BACKUPS, SHOW RESTORES), and repeat the check afterwards';

/** With a worker the workflow continues there. Without one, the cluster will be destroyed before another try. */
export function verifyOutOfTime(hasWorker: boolean): string {
  return hasWorker ? `${TOO_LONG}, and is started again on the worker` : `${NO_WORKER}; name one, and drill again`;
}
