import { createClusterStore } from '../../adapters/dynamodb/clusters-store.ts';
import { createConfigStore } from '../../adapters/dynamodb/config-store.ts';
import { createDocumentClient } from '../../adapters/dynamodb/dynamodb.ts';
import { createWorkflowStore } from '../../adapters/dynamodb/workflows-store.ts';
import { createBackupFiles } from '../../adapters/files/backup-files.ts';
import { createS3Stores } from '../../adapters/files/s3-stores.ts';
import { createSecretReader } from '../../adapters/secrets/secret-reader.ts';
import { systemClock } from '../../adapters/shared/system-clock.ts';
import { createTidbGateway } from '../../adapters/tidb/gateway.ts';
import { checkInput } from '../../domain/workflow/workflow.ts';
import { readEnvironment } from '../../environment.ts';
import { nodeHandler } from '../shared/node-handler.ts';
import { checkCluster } from './check-cluster.ts';

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
