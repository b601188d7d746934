import { createBackupStore } from '../adapters/backups-store.ts';
import { createDocumentClient } from '../adapters/dynamodb.ts';
import { createWorkflowStore } from '../adapters/workflows-store.ts';
import { readEnvironment } from '../environment.ts';
import { nodeHandler } from './node-handler.ts';
import { updateBackupRecord, updateBackupRecordInput } from './nodes/update-backup-record.ts';

const environment = readEnvironment('updateBackupRecord');
const client = createDocumentClient();
const deps = {
  backups: createBackupStore({ client, tableName: environment.BACKUPS_TABLE }),
  workflows: createWorkflowStore({ client, tableName: environment.WORKFLOWS_TABLE }),
};

export const handler = nodeHandler('updateBackupRecord', updateBackupRecordInput, (input) =>
  updateBackupRecord(input, deps),
);
