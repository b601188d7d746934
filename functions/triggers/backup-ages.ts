import { createDocumentClient } from '../adapters/dynamodb/dynamodb.ts';
import { createStores } from '../adapters/dynamodb/stores.ts';
import { createEmfMetrics } from '../adapters/events/emf-metrics.ts';
import { systemClock } from '../adapters/shared/system-clock.ts';
import { readEnvironment } from '../environment.ts';
import { log } from '../log.ts';
import { type BackupAges, measureBackupAges } from '../operations/status/measure-backup-ages.ts';
import { scheduledEvent } from './scheduled-event.ts';

const environment = readEnvironment('backupAges');
const deps = {
  ...createStores(createDocumentClient(), environment),
  metrics: createEmfMetrics(systemClock, environment),
  everyCluster: environment.CLUSTER_METRICS !== undefined,
};

export async function handler(event: unknown): Promise<BackupAges> {
  const { time } = scheduledEvent.parse(event);
  const ages = await measureBackupAges(Date.parse(time), deps);
  log.info({ message: 'measured', time, ...ages });
  return ages;
}
