import { createBackupStore } from '../adapters/dynamodb/backups-store.ts';
import { createClusterStore } from '../adapters/dynamodb/clusters-store.ts';
import { createDocumentClient } from '../adapters/dynamodb/dynamodb.ts';
import { createEmfMetrics } from '../adapters/events/emf-metrics.ts';
import { systemClock } from '../adapters/shared/system-clock.ts';
import { readEnvironment } from '../environment.ts';
import { log } from '../log.ts';
import { type BackupAges, measureBackupAges } from '../operations/status/measure-backup-ages.ts';
import { scheduledEvent } from './scheduled-event.ts';

const environment = readEnvironment('backupAges');
const client = createDocumentClient();
const deps = {
  clusters: createClusterStore({ client, tableName: environment.CLUSTERS_TABLE }),
  backups: createBackupStore({ client, tableName: environment.BACKUPS_TABLE }),
  metrics: createEmfMetrics(systemClock, environment),
  everyCluster: environment.CLUSTER_METRICS !== undefined,
};

export async function handler(event: unknown): Promise<BackupAges> {
  const { time } = scheduledEvent.parse(event);
  const ages = await measureBackupAges(Date.parse(time), deps);
  log.info({ message: 'measured', time, ...ages });
  return ages;
}
