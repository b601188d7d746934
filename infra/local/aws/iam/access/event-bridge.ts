import * as z from 'zod';
import type { PendingAwsCall } from '../../gate.ts';
import { type Access, type Account, arnOf } from './access.ts';

const inputSchema = z.object({
  Entries: z
    .array(
      z.object({
        EventBusName: z.string().default('default'),
        Source: z.string().default(''),
        DetailType: z.string().default(''),
      }),
    )
    .default([]),
});

/** Each entry needs a right on its bus. */
export function eventBridgeAccess({ action, input }: PendingAwsCall, account: Account): Access[] {
  return inputSchema.parse(input).Entries.map(({ EventBusName, Source, DetailType }) => ({
    action: `events:${action}`,
    resource: EventBusName.startsWith('arn:') ? EventBusName : arnOf(account, 'events', `event-bus/${EventBusName}`),
    context: { 'events:source': Source, 'events:detail-type': DetailType },
  }));
}
