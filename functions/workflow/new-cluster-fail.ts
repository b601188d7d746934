import { createBackupStore } from '../adapters/backups-store.ts';
import { createClusterStore } from '../adapters/clusters-store.ts';
import { createDocumentClient } from '../adapters/dynamodb.ts';
import { createProvisioners } from '../adapters/provisioners.ts';
import { createSecretReader } from '../adapters/secret-reader.ts';
import { createSecretVault } from '../adapters/secret-vault.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { createTidbGateway } from '../adapters/tidb/gateway.ts';
import { createWorkflowStore } from '../adapters/workflows-store.ts';
import { readEnvironment } from '../environment.ts';
import { nodeHandler } from './node-handler.ts';
import { failedNewCluster, newClusterFail } from './nodes/new-cluster-fail.ts';

const environment = readEnvironment('newClusterFail');
const client = createDocumentClient();
const deps = {
  clusters: createClusterStore({ client, tableName: environment.CLUSTERS_TABLE }),
  backups: createBackupStore({ client, tableName: environment.BACKUPS_TABLE }),
  workflows: createWorkflowStore({ client, tableName: environment.WORKFLOWS_TABLE }),
  provisioners: createProvisioners(environment.PROVISIONER_ARN),
  tidb: createTidbGateway(createSecretReader(), environment),
  secrets: createSecretVault(),
  clock: systemClock,
};

export const handler = nodeHandler('fail', failedNewCluster, (input) => newClusterFail(input, deps));
