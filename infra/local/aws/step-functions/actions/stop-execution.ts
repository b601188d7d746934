import * as z from 'zod';
import { jsonAction } from '../../json-service.ts';
import type { ExecutionStore } from '../execution-store.ts';

const inputSchema = z.object({
  executionArn: z.string(),
  error: z.string().max(256).optional(),
  cause: z.string().max(32_768).optional(),
});

/** Stopping an ended execution changes nothing and returns when it ended. */
export const stopExecution = (store: ExecutionStore) =>
  jsonAction(inputSchema, ({ executionArn, error, cause }) => {
    const execution = store.execution(executionArn);
    execution.stop(error, cause);
    return { stopDate: (execution.endedAt ?? Date.now()) / 1000 };
  });
