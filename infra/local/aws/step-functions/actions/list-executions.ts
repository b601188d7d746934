import * as z from 'zod';
import { jsonAction } from '../../json-service.ts';
import { pageOf } from '../../paging.ts';
import type { ExecutionStore } from '../execution-store.ts';
import { summaryOf } from './describe-execution.ts';

const inputSchema = z.object({
  stateMachineArn: z.string(),
  statusFilter: z.enum(['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED']).optional(),
  maxResults: z.int().min(0).max(1000).default(0),
  nextToken: z.string().optional(),
});

export const listExecutions = (store: ExecutionStore) =>
  jsonAction(inputSchema, ({ stateMachineArn, statusFilter, maxResults, nextToken }) => {
    const all = store
      .executionsOf(stateMachineArn)
      .filter(({ status }) => statusFilter === undefined || status === statusFilter);
    // Zero means the default, a hundred.
    const page = pageOf(all, { maxResults: maxResults || 100, nextToken }, 'InvalidToken');
    return { executions: page.items.map(summaryOf), nextToken: page.nextToken };
  });
