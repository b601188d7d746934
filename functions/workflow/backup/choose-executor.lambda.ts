import { createBackupStore } from '../../adapters/dynamodb/backups-store.ts';
import { createClusterStore } from '../../adapters/dynamodb/clusters-store.ts';
import { createConfigStore } from '../../adapters/dynamodb/config-store.ts';
import { createDocumentClient } from '../../adapters/dynamodb/dynamodb.ts';
import { createSecretReader } from '../../adapters/secrets/secret-reader.ts';
import { systemClock } from '../../adapters/shared/system-clock.ts';
import { createTidbGateway } from '../../adapters/tidb/gateway.ts';
import { readEnvironment } from '../../environment.ts';
import { nodeHandler } from '../shared/node-handler.ts';
import { chooseExecutor, chooseExecutorInput } from './choose-executor.ts';

const environment = readEnvironment('chooseExecutor');
const client = createDocumentClient();
const deps = {
  clusters: createClusterStore({ client, tableName: environment.CLUSTERS_TABLE }),
  backups: createBackupStore({ client, tableName: environment.BACKUPS_TABLE }),
  config: createConfigStore({ client, tableName: environment.CONFIG_TABLE }),
  tidb: createTidbGateway(createSecretReader(), environment),
  clock: systemClock,
  hasWorker: environment.HAS_WORKER !== undefined,
  ...(environment.WORKER_FROM_SECONDS && { workerFromSeconds: Number(environment.WORKER_FROM_SECONDS) }),
};

export const handler = nodeHandler('chooseExecutor', chooseExecutorInput, (input) => chooseExecutor(input, deps));
