import { createBackupStore } from '../adapters/backups-store.ts';
import { createClusterStore } from '../adapters/clusters-store.ts';
import { createDocumentClient } from '../adapters/dynamodb.ts';
import { createProvisioners } from '../adapters/provisioners.ts';
import { createSecretVault } from '../adapters/secret-vault.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { createWorkflowStore } from '../adapters/workflows-store.ts';
import { newClusterInput } from '../domain/workflow.ts';
import { readEnvironment } from '../environment.ts';
import { nodeHandler } from './node-handler.ts';
import { drillEnd } from './nodes/drill-end.ts';

const environment = readEnvironment('drillEnd');
const client = createDocumentClient();
const deps = {
  clusters: createClusterStore({ client, tableName: environment.CLUSTERS_TABLE }),
  backups: createBackupStore({ client, tableName: environment.BACKUPS_TABLE }),
  workflows: createWorkflowStore({ client, tableName: environment.WORKFLOWS_TABLE }),
  provisioners: createProvisioners(environment.PROVISIONER_ARN),
  secrets: createSecretVault(),
  clock: systemClock,
};

export const handler = nodeHandler('end', newClusterInput, (input) => drillEnd(input, deps));
