import { createDocumentClient } from '../../adapters/dynamodb/dynamodb.ts';
import { createStores } from '../../adapters/dynamodb/stores.ts';
import { createProvisioners } from '../../adapters/lambda/provisioners.ts';
import { createSecretReader } from '../../adapters/secrets/secret-reader.ts';
import { createSecretVault } from '../../adapters/secrets/secret-vault.ts';
import { systemClock } from '../../adapters/shared/system-clock.ts';
import { createTidbGateway } from '../../adapters/tidb/gateway.ts';
import { readEnvironment } from '../../environment.ts';
import { nodeHandler } from '../shared/node-handler.ts';
import { failedNewCluster, newClusterFail } from './new-cluster-fail.ts';

const environment = readEnvironment('newClusterFail');
const deps = {
  ...createStores(createDocumentClient(), environment),
  provisioners: createProvisioners(environment.PROVISIONER_ARN),
  tidb: createTidbGateway(createSecretReader(), environment),
  secrets: createSecretVault(),
  clock: systemClock,
};

export const handler = nodeHandler('fail', failedNewCluster, (input) => newClusterFail(input, deps));
