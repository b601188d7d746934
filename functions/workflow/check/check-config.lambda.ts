import { createDocumentClient } from '../../adapters/dynamodb/dynamodb.ts';
import { createStores } from '../../adapters/dynamodb/stores.ts';
import { createBackupFiles } from '../../adapters/files/backup-files.ts';
import { createS3Stores } from '../../adapters/files/s3-stores.ts';
import { createSecretReader } from '../../adapters/secrets/secret-reader.ts';
import { systemClock } from '../../adapters/shared/system-clock.ts';
import { deploymentStorage } from '../../domain/config/system-config.ts';
import { checkInput } from '../../domain/workflow/workflow.ts';
import { readEnvironment } from '../../environment.ts';
import { nodeHandler } from '../shared/node-handler.ts';
import { checkConfig } from './check-config.ts';

const environment = readEnvironment('checkConfig');
const deps = {
  ...createStores(createDocumentClient(), environment),
  files: createBackupFiles(createS3Stores(createSecretReader()), environment),
  ...deploymentStorage(environment),
  clock: systemClock,
};

export const handler = nodeHandler('checkConfig', checkInput, (input) => checkConfig(input, deps));
