import { WINDOW_MISSED, type WindowEvents } from '../domain/window-events.ts';
import { once } from './once.ts';

const eventBridge = once(async () => {
  const { createEventBridgeClient } = await import('./event-bridge-client.ts');
  return createEventBridgeClient();
});

/** EventBridge takes so many events in one call. */
const MAX_ENTRIES = 10;

/** On the account's default event bus. */
export function createWindowEvents(): WindowEvents {
  return {
    async missed(windows) {
      const { source: Source, detailType: DetailType } = WINDOW_MISSED;
      for (let first = 0; first < windows.length; first += MAX_ENTRIES) {
        const batch = windows.slice(first, first + MAX_ENTRIES);
        const { put } = await eventBridge();
        await put(batch.map((window) => ({ Source, DetailType, Detail: JSON.stringify(window) })));
      }
    },
  };
}
