import { once } from '../shared/once.ts';

const eventBridge = once(async () => {
  const { createEventBridgeClient } = await import('./event-bridge-client.ts');
  return createEventBridgeClient();
});

/** EventBridge's limit for one call. */
const MAX_ENTRIES = 10;

/** The fields that rules match on, and the version of its `detail`. */
interface EventKind {
  readonly source: string;
  readonly detailType: string;
  readonly version: string;
}

/** Publishes to the account's default event bus. Rejects if one of them could not be sent; others may have been. */
export async function tellEventBus(
  { source: Source, detailType: DetailType, version }: EventKind,
  details: readonly object[],
): Promise<void> {
  for (let first = 0; first < details.length; first += MAX_ENTRIES) {
    const batch = details.slice(first, first + MAX_ENTRIES);
    const { put } = await eventBridge();
    await put(batch.map((detail) => ({ Source, DetailType, Detail: JSON.stringify({ version, ...detail }) })));
  }
}
