import { createBackupStore } from '../../adapters/dynamodb/backups-store.ts';
import { createDocumentClient } from '../../adapters/dynamodb/dynamodb.ts';
import { createWorkflowStore } from '../../adapters/dynamodb/workflows-store.ts';
import { createProvisioners } from '../../adapters/lambda/provisioners.ts';
import { systemClock } from '../../adapters/shared/system-clock.ts';
import { newClusterInput } from '../../domain/workflow/workflow.ts';
import { readEnvironment } from '../../environment.ts';
import { nodeHandler } from '../shared/node-handler.ts';
import { createCluster } from './create-cluster.ts';

const environment = readEnvironment('createCluster');
const client = createDocumentClient();
const deps = {
  backups: createBackupStore({ client, tableName: environment.BACKUPS_TABLE }),
  workflows: createWorkflowStore({ client, tableName: environment.WORKFLOWS_TABLE }),
  provisioners: createProvisioners(environment.PROVISIONER_ARN),
  clock: systemClock,
};

export const handler = nodeHandler('createCluster', newClusterInput, (input) => createCluster(input, deps));
