import { createBackupStore } from '../../adapters/dynamodb/backups-store.ts';
import { createClusterStore } from '../../adapters/dynamodb/clusters-store.ts';
import { createDocumentClient } from '../../adapters/dynamodb/dynamodb.ts';
import { createStrategyStore } from '../../adapters/dynamodb/strategies-store.ts';
import { createWorkflowStore } from '../../adapters/dynamodb/workflows-store.ts';
import { createBackupFiles } from '../../adapters/files/backup-files.ts';
import { createStoresOfBackups } from '../../adapters/files/stores-of-backups.ts';
import { createSecretReader } from '../../adapters/secrets/secret-reader.ts';
import { systemClock } from '../../adapters/shared/system-clock.ts';
import { createTidbGateway } from '../../adapters/tidb/gateway.ts';
import { readEnvironment } from '../../environment.ts';
import { failedOperation } from '../shared/failed-operation.ts';
import { nodeHandler } from '../shared/node-handler.ts';
import { backupFail } from './backup-fail.ts';

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
