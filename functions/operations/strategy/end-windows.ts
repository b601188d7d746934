import type { Metrics } from '../../domain/events/metrics.ts';
import type { WindowEvents } from '../../domain/events/window-events.ts';
import type { EndedWindows } from '../../domain/strategy/strategy.ts';
import { log } from '../../log.ts';

export interface EndWindowsDeps {
  events: WindowEvents;
  metrics: Metrics;
}

/** The latest of many that were missed, as a sweep tells of them. */
const MAX_TOLD = 10;

/** Tells of windows that a user's request ends: no sweep finds them any more. The request goes on whatever becomes of the events. */
export async function tellOfEnded(
  clusterId: string,
  { missed, canceled }: EndedWindows,
  { events, metrics }: EndWindowsDeps,
): Promise<void> {
  if (canceled !== undefined) log.info({ message: 'a backup window is cancelled', clusterId, ...canceled });
  if (missed.length === 0) return;
  metrics.emit({ WindowsMissed: missed.length }, {});
  const windows = missed.slice(-MAX_TOLD).map((window) => ({ clusterId, ...window }));
  await events
    .missed(windows)
    .catch((error: unknown) => log.error({ message: 'missed windows could not be told of', windows, error }));
}
