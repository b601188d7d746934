import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { answerWithin } from '../shared/answer-within.ts';

/** A separate module, so that it is imported only when there is something to publish. */
export function createEventBridgeClient() {
  const client = new EventBridgeClient({ requestHandler: answerWithin(5_000) });
  return {
    /** A successful call may still have rejected some of its entries. */
    async put(entries: PutEventsRequestEntry[]): Promise<void> {
      const { FailedEntryCount = 0, Entries = [] } = await client.send(new PutEventsCommand({ Entries: entries }));
      if (FailedEntryCount === 0) return;
      const codes = new Set(Entries.flatMap(({ ErrorCode }) => ErrorCode ?? []));
      throw new Error(`EventBridge refused ${FailedEntryCount} of ${entries.length} events: ${[...codes].join(', ')}`);
    },
  };
}
