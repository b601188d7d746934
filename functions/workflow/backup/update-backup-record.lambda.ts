import { createBackupStore } from '../../adapters/dynamodb/backups-store.ts';
import { createDocumentClient } from '../../adapters/dynamodb/dynamodb.ts';
import { createWorkflowStore } from '../../adapters/dynamodb/workflows-store.ts';
import { readEnvironment } from '../../environment.ts';
import { nodeHandler } from '../shared/node-handler.ts';
import { updateBackupRecord, updateBackupRecordInput } from './update-backup-record.ts';

const environment = readEnvironment('updateBackupRecord');
const client = createDocumentClient();
const deps = {
  backups: createBackupStore({ client, tableName: environment.BACKUPS_TABLE }),
  workflows: createWorkflowStore({ client, tableName: environment.WORKFLOWS_TABLE }),
};

export const handler = nodeHandler('updateBackupRecord', updateBackupRecordInput, (input) =>
  updateBackupRecord(input, deps),
);
