import { createBackupStore } from '../adapters/backups-store.ts';
import { createClusterStore } from '../adapters/clusters-store.ts';
import { createConfigStore } from '../adapters/config-store.ts';
import { createDocumentClient } from '../adapters/dynamodb.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { createExecutionHistories } from '../adapters/workflow-executions.ts';
import { createWorkflowStore } from '../adapters/workflows-store.ts';
import { readEnvironment } from '../environment.ts';
import { createHandler } from './handler.ts';
import { getBackups } from './routes/backups.ts';
import { getCluster, listClusters } from './routes/clusters.ts';
import { getConfig } from './routes/config.ts';
import { getStrategy } from './routes/strategies.ts';
import { getWorkflow, getWorkflows } from './routes/workflows.ts';

/** What reads. The function's role cannot write. */
export const QUERY_ROUTES = {
  'GET /clusters': listClusters,
  'GET /clusters/{clusterId}': getCluster,
  'GET /clusters/{clusterId}/strategy': getStrategy,
  'GET /backups': getBackups,
  'GET /workflow': getWorkflows,
  'GET /workflow/{workFlowId}': getWorkflow,
  'GET /config': getConfig,
};

const environment = readEnvironment('query');
const client = createDocumentClient();

export const handler = createHandler(QUERY_ROUTES, {
  clusters: createClusterStore({ client, tableName: environment.CLUSTERS_TABLE }),
  backups: createBackupStore({ client, tableName: environment.BACKUPS_TABLE }),
  workflows: createWorkflowStore({ client, tableName: environment.WORKFLOWS_TABLE }),
  config: createConfigStore({ client, tableName: environment.CONFIG_TABLE }),
  histories: createExecutionHistories(),
  defaultStoragePath: environment.DEFAULT_STORAGE_PATH,
  clock: systemClock,
});
