import { createBackupStore } from '../adapters/dynamodb/backups-store.ts';
import { createClusterHistory } from '../adapters/dynamodb/cluster-history.ts';
import { createClusterStore } from '../adapters/dynamodb/clusters-store.ts';
import { createConfigStore } from '../adapters/dynamodb/config-store.ts';
import { createDocumentClient } from '../adapters/dynamodb/dynamodb.ts';
import { createEvidenceView } from '../adapters/dynamodb/evidence-view.ts';
import { createImportLists } from '../adapters/dynamodb/import-lists-store.ts';
import { createRetentionView } from '../adapters/dynamodb/retention-view.ts';
import { createWorkflowStore } from '../adapters/dynamodb/workflows-store.ts';
import { createEmfMetrics } from '../adapters/events/emf-metrics.ts';
import { systemClock } from '../adapters/shared/system-clock.ts';
import { createExecutionHistories } from '../adapters/step-functions/workflow-executions.ts';
import { readEnvironment } from '../environment.ts';
import { callersOf } from './http/authorization.ts';
import { createHandler } from './http/handler.ts';
import { QUERY_ROUTES } from './routes/query-routes.ts';

const environment = readEnvironment('query');
const client = createDocumentClient();

export const handler = createHandler(
  QUERY_ROUTES,
  {
    clusters: createClusterStore({ client, tableName: environment.CLUSTERS_TABLE }),
    backups: createBackupStore({ client, tableName: environment.BACKUPS_TABLE }),
    lists: createImportLists({ client, tableName: environment.IMPORTS_TABLE }),
    workflows: createWorkflowStore({ client, tableName: environment.WORKFLOWS_TABLE }),
    retention: createRetentionView({
      clusters: { client, tableName: environment.CLUSTERS_TABLE },
      backups: { client, tableName: environment.BACKUPS_TABLE },
    }),
    evidence: createEvidenceView({
      clusters: { client, tableName: environment.CLUSTERS_TABLE },
      backups: { client, tableName: environment.BACKUPS_TABLE },
    }),
    history: createClusterHistory({
      clusters: { client, tableName: environment.CLUSTERS_TABLE },
      backups: { client, tableName: environment.BACKUPS_TABLE },
    }),
    config: createConfigStore({ client, tableName: environment.CONFIG_TABLE }),
    histories: createExecutionHistories(),
    defaultStoragePath: environment.DEFAULT_STORAGE_PATH,
    nfsPath: environment.NFS_PATH,
    // Needed once in a while: a cold start does not wait for the other function's routes and zod's JSON Schema.
    describeApi: async () => (await import('./openapi/this-api.ts')).THIS_API,
    clock: systemClock,
  },
  { callers: callersOf(environment), metrics: createEmfMetrics(systemClock) },
);
