import { createBackupStore } from '../adapters/backups-store.ts';
import { cachedConfig } from '../adapters/cached-config.ts';
import { createClusterStore } from '../adapters/clusters-store.ts';
import { createConfigStore } from '../adapters/config-store.ts';
import { createDocumentClient } from '../adapters/dynamodb.ts';
import { createSecretVault } from '../adapters/secret-vault.ts';
import { createStrategyStore } from '../adapters/strategies-store.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { createWorkflowExecutions } from '../adapters/workflow-executions.ts';
import { createWorkflowStore } from '../adapters/workflows-store.ts';
import { readEnvironment } from '../environment.ts';
import { createHandler } from './handler.ts';
import { postBackup } from './routes/backups.ts';
import { deleteCluster, postCluster, postRestore, putCluster } from './routes/clusters.ts';
import { postConfigUpdate } from './routes/config.ts';
import { deleteStrategy, putStrategy } from './routes/strategies.ts';

/** What changes something. */
export const COMMAND_ROUTES = {
  'POST /clusters': postCluster,
  'PUT /clusters/{clusterId}': putCluster,
  'DELETE /clusters/{clusterId}': deleteCluster,
  'PUT /clusters/{clusterId}/strategy': putStrategy,
  'DELETE /clusters/{clusterId}/strategy': deleteStrategy,
  'POST /clusters/{clusterId}/restore': postRestore,
  'POST /backups': postBackup,
  'POST /config/update': postConfigUpdate,
};

const environment = readEnvironment('command');
const client = createDocumentClient();
const clock = systemClock;

export const handler = createHandler(COMMAND_ROUTES, {
  clusters: createClusterStore({ client, tableName: environment.CLUSTERS_TABLE }),
  strategies: createStrategyStore({ client, tableName: environment.CLUSTERS_TABLE }),
  backups: createBackupStore({ client, tableName: environment.BACKUPS_TABLE }),
  workflows: createWorkflowStore({ client, tableName: environment.WORKFLOWS_TABLE }),
  config: cachedConfig(createConfigStore({ client, tableName: environment.CONFIG_TABLE }), clock),
  executions: createWorkflowExecutions({
    backup: environment.BACKUP_STATE_MACHINE_ARN,
    restore: environment.RESTORE_STATE_MACHINE_ARN,
  }),
  secrets: createSecretVault(),
  secretsPrefix: environment.SECRETS_PREFIX,
  defaultStoragePath: environment.DEFAULT_STORAGE_PATH,
  clock,
});
