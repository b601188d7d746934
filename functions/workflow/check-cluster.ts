import { createBackupFiles } from '../adapters/backup-files.ts';
import { createClusterStore } from '../adapters/clusters-store.ts';
import { createConfigStore } from '../adapters/config-store.ts';
import { createDocumentClient } from '../adapters/dynamodb.ts';
import { createS3Stores } from '../adapters/s3-stores.ts';
import { createSecretReader } from '../adapters/secret-reader.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { createTidbGateway } from '../adapters/tidb/gateway.ts';
import { createWorkflowStore } from '../adapters/workflows-store.ts';
import { checkInput } from '../domain/workflow.ts';
import { readEnvironment } from '../environment.ts';
import { nodeHandler } from './node-handler.ts';
import { checkCluster } from './nodes/check-cluster.ts';

const environment = readEnvironment('checkCluster');
const client = createDocumentClient();
const secrets = createSecretReader();
const deps = {
  clusters: createClusterStore({ client, tableName: environment.CLUSTERS_TABLE }),
  workflows: createWorkflowStore({ client, tableName: environment.WORKFLOWS_TABLE }),
  config: createConfigStore({ client, tableName: environment.CONFIG_TABLE }),
  tidb: createTidbGateway(secrets, environment),
  files: createBackupFiles(createS3Stores(secrets), environment),
  defaultStoragePath: environment.DEFAULT_STORAGE_PATH,
  nfsPath: environment.NFS_PATH,
  clock: systemClock,
};

export const handler = nodeHandler('checkCluster', checkInput, (input) => checkCluster(input, deps));
