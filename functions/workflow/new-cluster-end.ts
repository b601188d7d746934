import { createBackupStore } from '../adapters/backups-store.ts';
import { createClusterStore } from '../adapters/clusters-store.ts';
import { createDocumentClient } from '../adapters/dynamodb.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { createWorkflowStore } from '../adapters/workflows-store.ts';
import { endRestore } from '../domain/end-operation.ts';
import { operationInput } from '../domain/workflow.ts';
import { readEnvironment } from '../environment.ts';
import { nodeHandler } from './node-handler.ts';

const environment = readEnvironment('newClusterEnd');
const client = createDocumentClient();
const deps = {
  clusters: createClusterStore({ client, tableName: environment.CLUSTERS_TABLE }),
  backups: createBackupStore({ client, tableName: environment.BACKUPS_TABLE }),
  workflows: createWorkflowStore({ client, tableName: environment.WORKFLOWS_TABLE }),
  clock: systemClock,
};

export const handler = nodeHandler('end', operationInput, (input) => endRestore(input, 'RestoreNewCluster', deps));
