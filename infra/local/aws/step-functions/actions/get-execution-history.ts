import * as z from 'zod';
import { jsonAction } from '../../json-service.ts';
import { pageOf } from '../../paging.ts';
import type { ExecutionStore } from '../execution-store.ts';
import { describeEvent } from '../history.ts';

const inputSchema = z.object({
  executionArn: z.string(),
  includeExecutionData: z.boolean().default(true),
  maxResults: z.int().min(0).max(1000).default(0),
  nextToken: z.string().optional(),
  reverseOrder: z.boolean().default(false),
});

export const getExecutionHistory = (store: ExecutionStore) =>
  jsonAction(inputSchema, ({ executionArn, includeExecutionData, maxResults, nextToken, reverseOrder }) => {
    const { events } = store.execution(executionArn).history;
    const ordered = reverseOrder ? events.toReversed() : events;
    // Zero means the default, a hundred.
    const page = pageOf(ordered, { maxResults: maxResults || 100, nextToken }, 'InvalidToken');
    return {
      events: page.items.map((event) => describeEvent(event, includeExecutionData)),
      nextToken: page.nextToken,
    };
  });
