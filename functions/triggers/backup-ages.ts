import * as z from 'zod/mini';
import { createDocumentClient } from '../adapters/dynamodb/dynamodb.ts';
import { createStores } from '../adapters/dynamodb/stores.ts';
import { createEmfMetrics } from '../adapters/events/emf-metrics.ts';
import { invokeLater } from '../adapters/lambda/invoke-later.ts';
import { systemClock } from '../adapters/shared/system-clock.ts';
import { agesCursor } from '../domain/cluster/due-store.ts';
import { readEnvironment, SWEEP_MINUTES } from '../environment.ts';
import { indexClusters } from '../operations/status/index-clusters.ts';
import { measureBackupAges } from '../operations/status/measure-backup-ages.ts';
import { sweepHandler } from './sweep-handler.ts';

const environment = readEnvironment('backupAges');
const deps = {
  ...createStores(createDocumentClient(), environment),
  metrics: createEmfMetrics(systemClock, environment),
  everyCluster: environment.CLUSTER_METRICS !== undefined,
};

/** Reading 1,000 clusters, and the calls of one. */
const STOP_MARGIN_MS = 60_000;

export const handler = sweepHandler(
  'measured',
  { lastItemMs: STOP_MARGIN_MS, everyMinutes: SWEEP_MINUTES.backupAges, invoke: invokeLater },
  async (now, hasTime, from) => {
    await indexClusters(now, { ...deps, hasTime });
    return await measureBackupAges(now, { ...deps, hasTime }, z.optional(agesCursor).parse(from));
  },
);
