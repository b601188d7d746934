import { createDocumentClient } from '../adapters/dynamodb/dynamodb.ts';
import { createStores } from '../adapters/dynamodb/stores.ts';
import { recordChangesOf } from '../adapters/dynamodb/table-changes.ts';
import { createEmfMetrics } from '../adapters/events/emf-metrics.ts';
import { createStatusEvents } from '../adapters/events/status-events.ts';
import { systemClock } from '../adapters/shared/system-clock.ts';
import { readEnvironment } from '../environment.ts';
import { countRecords } from '../operations/status/count-records.ts';
import { lookAgain } from '../operations/status/look-again.ts';
import { publishStatusChanges } from '../operations/status/publish-status-changes.ts';

const environment = readEnvironment('recordChanged');
const deps = {
  ...createStores(createDocumentClient(), environment),
  events: createStatusEvents(),
  metrics: createEmfMetrics(systemClock, environment),
  clock: systemClock,
};

/**
 * Handles the streams of the tables. None of its tasks waits for another to succeed.
 * @throws what one of them throws, so that the whole batch is redelivered
 */
export async function handler(event: unknown): Promise<void> {
  const changes = recordChangesOf(event);
  const tasks = await Promise.allSettled([
    lookAgain(changes.backups, deps),
    countRecords(changes, new Date(systemClock.now()).toISOString(), deps),
    publishStatusChanges(changes, deps),
  ]);
  for (const task of tasks) if (task.status === 'rejected') throw task.reason;
}
