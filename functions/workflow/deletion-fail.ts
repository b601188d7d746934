import { createBackupStore } from '../adapters/backups-store.ts';
import { createClusterStore } from '../adapters/clusters-store.ts';
import { createDeletionStore } from '../adapters/deletions-store.ts';
import { createDocumentClient } from '../adapters/dynamodb.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { createWorkflowStore } from '../adapters/workflows-store.ts';
import { readEnvironment } from '../environment.ts';
import { nodeHandler } from './node-handler.ts';
import { deletionFail } from './nodes/deletion-fail.ts';
import { failedOperation } from './nodes/failed-operation.ts';

const environment = readEnvironment('deletionFail');
const client = createDocumentClient();
const deps = {
  clusters: createClusterStore({ client, tableName: environment.CLUSTERS_TABLE }),
  backups: createBackupStore({ client, tableName: environment.BACKUPS_TABLE }),
  deletions: createDeletionStore({ client, tableName: environment.BACKUPS_TABLE }),
  workflows: createWorkflowStore({ client, tableName: environment.WORKFLOWS_TABLE }),
  clock: systemClock,
};

export const handler = nodeHandler('fail', failedOperation, (input) => deletionFail(input, deps));
