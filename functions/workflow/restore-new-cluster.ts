import type { Context } from 'aws-lambda';
import { createBackupFiles } from '../adapters/backup-files.ts';
import { createBackupStore } from '../adapters/backups-store.ts';
import { createClusterStore } from '../adapters/clusters-store.ts';
import { createConfigStore } from '../adapters/config-store.ts';
import { createDocumentClient } from '../adapters/dynamodb.ts';
import { createSecretReader } from '../adapters/secret-reader.ts';
import { createStoresOfBackups } from '../adapters/stores-of-backups.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { createTidbGateway } from '../adapters/tidb/gateway.ts';
import { createWorkflowStore } from '../adapters/workflows-store.ts';
import { type NewClusterInput, newClusterInput } from '../domain/workflow.ts';
import { readEnvironment } from '../environment.ts';
import { inFunction } from './in-function.ts';
import { nodeHandler } from './node-handler.ts';
import { restoreOutOfTime } from './nodes/node-runner.ts';
import { restoreIntoNewCluster } from './nodes/restore-into-new-cluster.ts';

const environment = readEnvironment('restoreNewCluster');
const client = createDocumentClient();
const secrets = createSecretReader();
const stores = createStoresOfBackups(secrets, client, environment);
const deps = {
  clusters: createClusterStore({ client, tableName: environment.CLUSTERS_TABLE }),
  backups: createBackupStore({ client, tableName: environment.BACKUPS_TABLE }),
  workflows: createWorkflowStore({ client, tableName: environment.WORKFLOWS_TABLE }),
  config: createConfigStore({ client, tableName: environment.CONFIG_TABLE }),
  tidb: createTidbGateway(secrets, environment, stores),
  files: createBackupFiles(stores, environment),
  clock: systemClock,
};

export const handler = nodeHandler('restoreNewCluster', newClusterInput, (input, context: Context) =>
  restoreIntoNewCluster(input, { ...deps, ...inFunction(context, systemClock.now(), outOfTimeOf(input)) }),
);

function outOfTimeOf({ drill }: NewClusterInput): string {
  return restoreOutOfTime(environment.HAS_WORKER !== undefined, drill !== undefined);
}
