import { createBackupStore } from '../adapters/backups-store.ts';
import { createDocumentClient } from '../adapters/dynamodb.ts';
import { createProvisioners } from '../adapters/provisioners.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { createWorkflowStore } from '../adapters/workflows-store.ts';
import { newClusterInput } from '../domain/workflow.ts';
import { readEnvironment } from '../environment.ts';
import { nodeHandler } from './node-handler.ts';
import { createCluster } from './nodes/create-cluster.ts';

const environment = readEnvironment('createCluster');
const client = createDocumentClient();
const deps = {
  backups: createBackupStore({ client, tableName: environment.BACKUPS_TABLE }),
  workflows: createWorkflowStore({ client, tableName: environment.WORKFLOWS_TABLE }),
  provisioners: createProvisioners(environment.PROVISIONER_ARN),
  clock: systemClock,
};

export const handler = nodeHandler('createCluster', newClusterInput, (input) => createCluster(input, deps));
