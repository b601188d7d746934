import type { Executor } from '../../domain/workflow/executor.ts';

/** What runs a node, and for how long it lets a statement run. */
export interface NodeRunner {
  executor: Executor;
  /** When a statement that still runs is stopped; milliseconds since 1970. `Infinity`: never. */
  deadline: number;
  /** What is said of a statement that is stopped then. */
  outOfTime: string;
  /** Aborts when a statement is to be stopped before, with the `NodeFailure` that it then ends with. */
  interruption?: AbortSignal | undefined;
}

const TOO_LONG = 'it is too long for a function of 15 minutes';
const NO_WORKER = `${TOO_LONG}, and this deployment has no worker because the tenant's file names no "network"`;

/** With a worker the workflow goes on there, and nobody but the history is told. */
export function backupOutOfTime(hasWorker: boolean): string {
  if (hasWorker) return `${TOO_LONG}, and is begun anew on the worker`;
  return `${NO_WORKER}; name one, or raise the rate limit in the configuration`;
}

/** What has been restored would be in the way of another try, as the failure says, except in a drill, whose cluster is destroyed by then. */
export function restoreOutOfTime(hasWorker: boolean, isDrill = false): string {
  if (isDrill) return hasWorker ? `${TOO_LONG}; drill again with "executor": "fargate"` : verifyOutOfTime(false);
  if (hasWorker) return `${TOO_LONG}; restore again with "executor": "fargate"`;
  return `${NO_WORKER}; name one, or raise the rate limit in the configuration`;
}

/** One row is quickly backed up: what takes long is what stands before it in TiDB's queue. */
export const SCRATCH_OUT_OF_TIME =
  'it took longer than a check may; look what else TiDB backs up or restores (SHOW BACKUPS, SHOW RESTORES), and check again after that';

/** With a worker the workflow goes on there. Without one, the cluster that was to be compared is gone by the next try. */
export function verifyOutOfTime(hasWorker: boolean): string {
  return hasWorker ? `${TOO_LONG}, and is begun anew on the worker` : `${NO_WORKER}; name one, and drill again`;
}
