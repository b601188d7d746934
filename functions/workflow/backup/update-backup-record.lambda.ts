import { createDocumentClient } from '../../adapters/dynamodb/dynamodb.ts';
import { createStores } from '../../adapters/dynamodb/stores.ts';
import { readEnvironment } from '../../environment.ts';
import { nodeHandler } from '../shared/node-handler.ts';
import { updateBackupRecord, updateBackupRecordInput } from './update-backup-record.ts';

const environment = readEnvironment('updateBackupRecord');
const deps = {
  ...createStores(createDocumentClient(), environment),
};

export const handler = nodeHandler('updateBackupRecord', updateBackupRecordInput, (input) =>
  updateBackupRecord(input, deps),
);
