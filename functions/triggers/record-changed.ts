import { createDocumentClient } from '../adapters/dynamodb/dynamodb.ts';
import { createStores } from '../adapters/dynamodb/stores.ts';
import { recordChangesOf } from '../adapters/dynamodb/table-changes.ts';
import { createEmfMetrics } from '../adapters/events/emf-metrics.ts';
import { createStatusEvents } from '../adapters/events/status-events.ts';
import { systemClock } from '../adapters/shared/system-clock.ts';
import { readEnvironment } from '../environment.ts';
import { countRecords } from '../operations/status/count-records.ts';
import { publishStatusChanges } from '../operations/status/publish-status-changes.ts';

const environment = readEnvironment('recordChanged');
const deps = {
  ...createStores(createDocumentClient(), environment),
  events: createStatusEvents(),
  metrics: createEmfMetrics(systemClock, environment),
};

/**
 * Handles the streams of the tables. Neither of its two tasks waits for the other to succeed.
 * @throws what either throws, so that the whole batch is redelivered
 */
export async function handler(event: unknown): Promise<void> {
  const changes = recordChangesOf(event);
  const tasks = await Promise.allSettled([
    countRecords(changes, new Date(systemClock.now()).toISOString(), deps),
    publishStatusChanges(changes, deps),
  ]);
  for (const task of tasks) if (task.status === 'rejected') throw task.reason;
}
