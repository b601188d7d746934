import { createConfigStore } from '../../adapters/dynamodb/config-store.ts';
import { createDocumentClient } from '../../adapters/dynamodb/dynamodb.ts';
import { createWorkflowStore } from '../../adapters/dynamodb/workflows-store.ts';
import { createBackupFiles } from '../../adapters/files/backup-files.ts';
import { createS3Stores } from '../../adapters/files/s3-stores.ts';
import { createSecretReader } from '../../adapters/secrets/secret-reader.ts';
import { systemClock } from '../../adapters/shared/system-clock.ts';
import { checkInput } from '../../domain/workflow/workflow.ts';
import { readEnvironment } from '../../environment.ts';
import { nodeHandler } from '../shared/node-handler.ts';
import { checkConfig } from './check-config.ts';

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
