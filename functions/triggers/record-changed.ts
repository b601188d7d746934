import { recordChangesOf } from '../adapters/dynamodb/table-changes.ts';
import { createEmfMetrics } from '../adapters/events/emf-metrics.ts';
import { createStatusEvents } from '../adapters/events/status-events.ts';
import { systemClock } from '../adapters/shared/system-clock.ts';
import { readEnvironment } from '../environment.ts';
import { publishStatusChanges } from '../operations/status/publish-status-changes.ts';

const environment = readEnvironment('recordChanged');
const deps = { events: createStatusEvents(), metrics: createEmfMetrics(systemClock, environment) };

/**
 * Handles the streams of the tables. It throws if anything could not be published, so that the whole batch is
 * redelivered.
 */
export const handler = (event: unknown): Promise<void> => publishStatusChanges(recordChangesOf(event), deps);
