import { createBackupFiles } from '../adapters/backup-files.ts';
import { createBackupStore } from '../adapters/backups-store.ts';
import { createClusterStore } from '../adapters/clusters-store.ts';
import { createDocumentClient } from '../adapters/dynamodb.ts';
import { createSecretReader } from '../adapters/secret-reader.ts';
import { createStoresOfBackups } from '../adapters/stores-of-backups.ts';
import { createStrategyStore } from '../adapters/strategies-store.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { createTidbGateway } from '../adapters/tidb/gateway.ts';
import { createWorkflowStore } from '../adapters/workflows-store.ts';
import { readEnvironment } from '../environment.ts';
import { nodeHandler } from './node-handler.ts';
import { backupFail } from './nodes/backup-fail.ts';
import { failedOperation } from './nodes/failed-operation.ts';

const environment = readEnvironment('backupFail');
const client = createDocumentClient();
const secrets = createSecretReader();
const stores = createStoresOfBackups(secrets, client, environment);
const deps = {
  clusters: createClusterStore({ client, tableName: environment.CLUSTERS_TABLE }),
  strategies: createStrategyStore({ client, tableName: environment.CLUSTERS_TABLE }),
  backups: createBackupStore({ client, tableName: environment.BACKUPS_TABLE }),
  workflows: createWorkflowStore({ client, tableName: environment.WORKFLOWS_TABLE }),
  tidb: createTidbGateway(secrets, environment),
  files: createBackupFiles(stores, environment),
  clock: systemClock,
};

export const handler = nodeHandler('fail', failedOperation, (input) => backupFail(input, deps));
