import type { Metrics } from '../../domain/events/metrics.ts';
import type { WindowEvents } from '../../domain/events/window-events.ts';
import type { EndedWindows } from '../../domain/strategy/strategy.ts';
import { log } from '../../log.ts';

export interface EndWindowsDeps {
  events: WindowEvents;
  metrics: Metrics;
}

/** Only the latest missed windows are published, as in a sweep. */
const MAX_TOLD = 10;

/**
 * Publishes windows that a user's request ends, because no sweep will find them any more. The request continues even if
 * that fails.
 */
export async function tellOfEnded(
  clusterId: string,
  { missed, canceled }: EndedWindows,
  { events, metrics }: EndWindowsDeps,
): Promise<void> {
  if (canceled !== undefined) log.info({ message: 'a backup window is canceled', clusterId, ...canceled });
  if (missed.length === 0) return;
  metrics.emit({ WindowsMissed: missed.length }, {});
  const windows = missed.slice(-MAX_TOLD).map((window) => ({ clusterId, ...window }));
  await events
    .missed(windows)
    .catch((error: unknown) => log.error({ message: 'missed windows could not be published', windows, error }));
}
