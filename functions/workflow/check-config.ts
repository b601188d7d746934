import { createBackupFiles } from '../adapters/backup-files.ts';
import { createConfigStore } from '../adapters/config-store.ts';
import { createDocumentClient } from '../adapters/dynamodb.ts';
import { createS3Stores } from '../adapters/s3-stores.ts';
import { createSecretReader } from '../adapters/secret-reader.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { createWorkflowStore } from '../adapters/workflows-store.ts';
import { checkInput } from '../domain/workflow.ts';
import { readEnvironment } from '../environment.ts';
import { nodeHandler } from './node-handler.ts';
import { checkConfig } from './nodes/check-config.ts';

const environment = readEnvironment('checkConfig');
const client = createDocumentClient();
const deps = {
  workflows: createWorkflowStore({ client, tableName: environment.WORKFLOWS_TABLE }),
  config: createConfigStore({ client, tableName: environment.CONFIG_TABLE }),
  files: createBackupFiles(createS3Stores(createSecretReader()), environment),
  defaultStoragePath: environment.DEFAULT_STORAGE_PATH,
  nfsPath: environment.NFS_PATH,
  clock: systemClock,
};

export const handler = nodeHandler('checkConfig', checkInput, (input) => checkConfig(input, deps));
