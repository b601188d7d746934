import { createBackupStore } from '../adapters/backups-store.ts';
import { createClusterStore } from '../adapters/clusters-store.ts';
import { createDocumentClient } from '../adapters/dynamodb.ts';
import { createSecretReader } from '../adapters/secret-reader.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { createTidbGateway } from '../adapters/tidb/gateway.ts';
import { createWorkflowStore } from '../adapters/workflows-store.ts';
import { readEnvironment } from '../environment.ts';
import { nodeHandler } from './node-handler.ts';
import { failedOperation } from './nodes/failed-operation.ts';
import { restoreFail } from './nodes/restore-fail.ts';

const environment = readEnvironment('restoreFail');
const client = createDocumentClient();
const deps = {
  clusters: createClusterStore({ client, tableName: environment.CLUSTERS_TABLE }),
  backups: createBackupStore({ client, tableName: environment.BACKUPS_TABLE }),
  workflows: createWorkflowStore({ client, tableName: environment.WORKFLOWS_TABLE }),
  tidb: createTidbGateway(createSecretReader(), environment),
  clock: systemClock,
};

export const handler = nodeHandler('fail', failedOperation, (input) => restoreFail(input, deps));
