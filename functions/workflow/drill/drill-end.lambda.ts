import { createBackupStore } from '../../adapters/dynamodb/backups-store.ts';
import { createClusterStore } from '../../adapters/dynamodb/clusters-store.ts';
import { createDocumentClient } from '../../adapters/dynamodb/dynamodb.ts';
import { createWorkflowStore } from '../../adapters/dynamodb/workflows-store.ts';
import { createProvisioners } from '../../adapters/lambda/provisioners.ts';
import { createSecretVault } from '../../adapters/secrets/secret-vault.ts';
import { systemClock } from '../../adapters/shared/system-clock.ts';
import { newClusterInput } from '../../domain/workflow/workflow.ts';
import { readEnvironment } from '../../environment.ts';
import { nodeHandler } from '../shared/node-handler.ts';
import { drillEnd } from './drill-end.ts';

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
