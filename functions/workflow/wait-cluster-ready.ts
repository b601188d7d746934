import { createClusterStore } from '../adapters/clusters-store.ts';
import { createDocumentClient } from '../adapters/dynamodb.ts';
import { createProvisioners } from '../adapters/provisioners.ts';
import { createSecretReader } from '../adapters/secret-reader.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { createTidbGateway } from '../adapters/tidb/gateway.ts';
import { newClusterInput } from '../domain/workflow.ts';
import { readEnvironment } from '../environment.ts';
import { nodeHandler } from './node-handler.ts';
import { waitClusterReady } from './nodes/wait-cluster-ready.ts';

const environment = readEnvironment('waitClusterReady');
const deps = {
  clusters: createClusterStore({ client: createDocumentClient(), tableName: environment.CLUSTERS_TABLE }),
  provisioners: createProvisioners(environment.PROVISIONER_ARN),
  tidb: createTidbGateway(createSecretReader(), environment),
  clock: systemClock,
};

export const handler = nodeHandler('waitClusterReady', newClusterInput, (input) => waitClusterReady(input, deps));
