import { createDocumentClient } from '../adapters/dynamodb/dynamodb.ts';
import { createStores } from '../adapters/dynamodb/stores.ts';
import { createEmfMetrics } from '../adapters/events/emf-metrics.ts';
import { systemClock } from '../adapters/shared/system-clock.ts';
import { readEnvironment } from '../environment.ts';
import { measureBackupAges } from '../operations/status/measure-backup-ages.ts';
import { sweepHandler } from './sweep-handler.ts';

const environment = readEnvironment('backupAges');
const deps = {
  ...createStores(createDocumentClient(), environment),
  metrics: createEmfMetrics(systemClock, environment),
  everyCluster: environment.CLUSTER_METRICS !== undefined,
};

export const handler = sweepHandler('measured', 0, (now) => measureBackupAges(now, deps));
