import type { Context } from 'aws-lambda';
import * as z from 'zod/mini';
import { createTaskToken } from '../adapters/task-token.ts';
import { log } from '../log.ts';

/** What one task is told to do: the same as the node's function would be. */
const taskSchema = z.object({
  TASK_TOKEN: z.string(),
  NODE: z.enum(['backup', 'restoreFromSrcCluster', 'restoreNewCluster']),
  /** JSON. */
  NODE_INPUT: z.string(),
});

const NODES = {
  backup: () => import('../workflow/backup.ts'),
  restoreFromSrcCluster: () => import('../workflow/restore-from-src-cluster.ts'),
  restoreNewCluster: () => import('../workflow/restore-new-cluster.ts'),
};

/** Three may be lost before the state's `HeartbeatSeconds` have passed. */
const HEARTBEAT_MS = 15_000;

/** Nothing but the workflow's own timeout ends a task. */
const UNENDING = { getRemainingTimeInMillis: () => 7 * 24 * 3_600_000 } as Context;

const task = taskSchema.parse(process.env);
const token = createTaskToken(task.TASK_TOKEN);

const heartbeats = setInterval(() => {
  token.heartbeat().catch((error: unknown) => log.warn({ message: 'heartbeat failed', error }));
}, HEARTBEAT_MS);

process.once('SIGTERM', () => {
  log.warn({ message: 'the worker is stopped from outside' });
  // The node `fail` ends the statement that was sent.
  void token.fail('WorkerInterrupted', 'the worker was stopped from outside').finally(() => process.exit(1));
});

try {
  const { handler } = await NODES[task.NODE]();
  await token.succeed(await handler(JSON.parse(task.NODE_INPUT), UNENDING));
} catch (error) {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  await token.fail(name, JSON.stringify({ errorType: name, errorMessage: message }));
} finally {
  clearInterval(heartbeats);
}
process.exit(0);
