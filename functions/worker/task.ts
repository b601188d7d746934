import * as z from 'zod/mini';

/**
 * What the workflow adds to the worker's environment: one task runs one statement. Executions from before a deployment
 * start the newest worker, so additions here must be optional.
 */
const taskVariables = z.object({
  /** Identifies the waiting workflow step. */
  TASK_TOKEN: z.string(),
  /** The node's name in the state machine. */
  NODE: z.enum(['backup', 'restoreFromSrcCluster', 'restoreNewCluster', 'verifyRestore']),
  /** JSON. */
  NODE_INPUT: z.string(),
  /** `HeartbeatSeconds` of the state. */
  HEARTBEAT_SECONDS: z.string().check(z.regex(/^[1-9]\d*$/)),
});
export type NodeOnWorker = z.infer<typeof taskVariables>['NODE'];

export interface Task {
  token: string;
  node: NodeOnWorker;
  input: unknown;
  /** Time between heartbeats: two may be lost before the workflow considers the worker dead. */
  beatEveryMs: number;
}

/** @throws zod's error, or a syntax error in the input's JSON */
export function readTask(variables: unknown): Task {
  const { TASK_TOKEN, NODE, NODE_INPUT, HEARTBEAT_SECONDS } = taskVariables.parse(variables);
  const beatEveryMs = (Number(HEARTBEAT_SECONDS) * 1_000) / 3;
  return { token: TASK_TOKEN, node: NODE, input: JSON.parse(NODE_INPUT), beatEveryMs };
}
