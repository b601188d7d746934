import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { answerWithin } from '../shared/answer-within.ts';

/** A module of its own, because it is imported only when there is something to tell. */
export function createEventBridgeClient() {
  const client = new EventBridgeClient({ requestHandler: answerWithin(5_000) });
  return {
    /** A call that succeeds may still have refused some of its entries. */
    async put(entries: PutEventsRequestEntry[]): Promise<void> {
      const { FailedEntryCount = 0, Entries = [] } = await client.send(new PutEventsCommand({ Entries: entries }));
      if (FailedEntryCount === 0) return;
      const codes = new Set(Entries.flatMap(({ ErrorCode }) => ErrorCode ?? []));
      throw new Error(`EventBridge refused ${FailedEntryCount} of ${entries.length} events: ${[...codes].join(', ')}`);
    },
  };
}
