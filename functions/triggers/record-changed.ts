import { createDocumentClient } from '../adapters/dynamodb/dynamodb.ts';
import { createStores } from '../adapters/dynamodb/stores.ts';
import { recordChangesOf } from '../adapters/dynamodb/table-changes.ts';
import { createEmfMetrics } from '../adapters/events/emf-metrics.ts';
import { createStatusEvents } from '../adapters/events/status-events.ts';
import { systemClock } from '../adapters/shared/system-clock.ts';
import { timestamp } from '../domain/shared/clock.ts';
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
 * @throws AggregateError of what they threw, so that the whole batch is redelivered
 */
export async function handler(event: unknown): Promise<void> {
  const changes = recordChangesOf(event);
  const tasks = await Promise.allSettled([
    lookAgain(changes.backups, deps),
    countRecords(changes, timestamp(systemClock), deps),
    publishStatusChanges(changes, deps),
  ]);
  const failures = tasks.flatMap((task) => (task.status === 'rejected' ? [task.reason] : []));
  if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join('; '));
}
