import { createBackupStore } from '../adapters/backups-store.ts';
import { createDocumentClient } from '../adapters/dynamodb.ts';
import { readEnvironment } from '../environment.ts';
import { nodeHandler } from './node-handler.ts';
import { updateBackupRecord, updateBackupRecordInput } from './nodes/update-backup-record.ts';

const environment = readEnvironment('updateBackupRecord');
const deps = {
  backups: createBackupStore({ client: createDocumentClient(), tableName: environment.BACKUPS_TABLE }),
};

export const handler = nodeHandler('updateBackupRecord', updateBackupRecordInput, (input) =>
  updateBackupRecord(input, deps),
);
