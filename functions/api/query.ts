import { createBackupStore } from '../adapters/backups-store.ts';
import { createClusterStore } from '../adapters/clusters-store.ts';
import { createConfigStore } from '../adapters/config-store.ts';
import { createDocumentClient } from '../adapters/dynamodb.ts';
import { createEmfMetrics } from '../adapters/emf-metrics.ts';
import { createRetentionView } from '../adapters/retention-view.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { createExecutionHistories } from '../adapters/workflow-executions.ts';
import { createWorkflowStore } from '../adapters/workflows-store.ts';
import { readEnvironment } from '../environment.ts';
import { callersOf } from './authorization.ts';
import { createHandler } from './handler.ts';
import { QUERY_ROUTES } from './query-routes.ts';

const environment = readEnvironment('query');
const client = createDocumentClient();

export const handler = createHandler(
  QUERY_ROUTES,
  {
    clusters: createClusterStore({ client, tableName: environment.CLUSTERS_TABLE }),
    backups: createBackupStore({ client, tableName: environment.BACKUPS_TABLE }),
    workflows: createWorkflowStore({ client, tableName: environment.WORKFLOWS_TABLE }),
    retention: createRetentionView({
      clusters: { client, tableName: environment.CLUSTERS_TABLE },
      backups: { client, tableName: environment.BACKUPS_TABLE },
    }),
    config: createConfigStore({ client, tableName: environment.CONFIG_TABLE }),
    histories: createExecutionHistories(),
    defaultStoragePath: environment.DEFAULT_STORAGE_PATH,
    nfsPath: environment.NFS_PATH,
    clock: systemClock,
  },
  { callers: callersOf(environment), metrics: createEmfMetrics(systemClock) },
);
