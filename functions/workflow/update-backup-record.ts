import { createBackupStore } from '../adapters/backups-store.ts';
import { createDocumentClient } from '../adapters/dynamodb.ts';
import { readEnvironment } from '../environment.ts';
import { updateBackupRecord, updateBackupRecordInput } from './nodes/update-backup-record.ts';

const environment = readEnvironment('updateBackupRecord');
const deps = {
  backups: createBackupStore({ client: createDocumentClient(), tableName: environment.BACKUPS_TABLE }),
};

export const handler = (event: unknown): Promise<void> =>
  updateBackupRecord(updateBackupRecordInput.parse(event), deps);
