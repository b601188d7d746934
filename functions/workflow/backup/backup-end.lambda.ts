import { createClusterStore } from '../../adapters/dynamodb/clusters-store.ts';
import { createDocumentClient } from '../../adapters/dynamodb/dynamodb.ts';
import { createWorkflowStore } from '../../adapters/dynamodb/workflows-store.ts';
import { systemClock } from '../../adapters/shared/system-clock.ts';
import { endOperation } from '../../domain/workflow/end-operation.ts';
import { operationInput } from '../../domain/workflow/workflow.ts';
import { readEnvironment } from '../../environment.ts';
import { nodeHandler } from '../shared/node-handler.ts';

const environment = readEnvironment('backupEnd');
const client = createDocumentClient();
const deps = {
  clusters: createClusterStore({ client, tableName: environment.CLUSTERS_TABLE }),
  workflows: createWorkflowStore({ client, tableName: environment.WORKFLOWS_TABLE }),
  clock: systemClock,
};

export const handler = nodeHandler('end', operationInput, (input) =>
  endOperation(input, 'BackupCluster', 'Finished', deps),
);
