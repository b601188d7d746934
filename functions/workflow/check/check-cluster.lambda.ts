import { createDocumentClient } from '../../adapters/dynamodb/dynamodb.ts';
import { createStores } from '../../adapters/dynamodb/stores.ts';
import { createBackupFiles } from '../../adapters/files/backup-files.ts';
import { createS3Stores } from '../../adapters/files/s3-stores.ts';
import { createSecretReader } from '../../adapters/secrets/secret-reader.ts';
import { systemClock } from '../../adapters/shared/system-clock.ts';
import { createTidbGateway } from '../../adapters/tidb/gateway.ts';
import { deploymentStorage } from '../../domain/config/system-config.ts';
import { checkInput } from '../../domain/workflow/workflow.ts';
import { readEnvironment } from '../../environment.ts';
import { nodeHandler } from '../shared/node-handler.ts';
import { checkCluster } from './check-cluster.ts';

const environment = readEnvironment('checkCluster');
const secrets = createSecretReader();
const deps = {
  ...createStores(createDocumentClient(), environment),
  tidb: createTidbGateway(secrets, environment),
  files: createBackupFiles(createS3Stores(secrets), environment),
  ...deploymentStorage(environment),
  clock: systemClock,
};

export const handler = nodeHandler('checkCluster', checkInput, (input) => checkCluster(input, deps));
