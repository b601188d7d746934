import * as z from 'zod/mini';

/**
 * What the workflow adds to the worker's environment: one task is one statement. An execution that began before a deployment starts
 * the worker that is the newest: what is added here must be optional.
 */
const taskVariables = z.object({
  /** By which the workflow knows whose result it is. */
  TASK_TOKEN: z.string(),
  /** The node's name in the workflow that is shown. */
  NODE: z.enum(['backup', 'restoreFromSrcCluster', 'restoreNewCluster', 'verifyRestore']),
  /** JSON. */
  NODE_INPUT: z.string(),
  /** The state's `HeartbeatSeconds`. */
  HEARTBEAT_SECONDS: z.string().check(z.regex(/^[1-9]\d*$/)),
});
export type NodeOnWorker = z.infer<typeof taskVariables>['NODE'];

export interface Task {
  token: string;
  node: NodeOnWorker;
  input: unknown;
  /** From one sign of life to the next: two may be lost before the workflow takes the worker for dead. */
  beatEveryMs: number;
}

/** @throws zod's error, or that of the input's JSON */
export function readTask(variables: unknown): Task {
  const { TASK_TOKEN, NODE, NODE_INPUT, HEARTBEAT_SECONDS } = taskVariables.parse(variables);
  const beatEveryMs = (Number(HEARTBEAT_SECONDS) * 1_000) / 3;
  return { token: TASK_TOKEN, node: NODE, input: JSON.parse(NODE_INPUT), beatEveryMs };
}
