import { createDocumentClient } from '../../adapters/dynamodb/dynamodb.ts';
import { createStores } from '../../adapters/dynamodb/stores.ts';
import { createProvisioners } from '../../adapters/lambda/provisioners.ts';
import { createSecretReader } from '../../adapters/secrets/secret-reader.ts';
import { systemClock } from '../../adapters/shared/system-clock.ts';
import { createTidbGateway } from '../../adapters/tidb/gateway.ts';
import { newClusterInput } from '../../domain/workflow/workflow.ts';
import { readEnvironment } from '../../environment.ts';
import { nodeHandler } from '../shared/node-handler.ts';
import { waitClusterReady } from './wait-cluster-ready.ts';

const environment = readEnvironment('waitClusterReady');
const deps = {
  ...createStores(createDocumentClient(), environment),
  provisioners: createProvisioners(environment.PROVISIONER_ARN),
  tidb: createTidbGateway(createSecretReader(), environment),
  clock: systemClock,
};

export const handler = nodeHandler('waitClusterReady', newClusterInput, (input) => waitClusterReady(input, deps));
