import { createDocumentClient } from '../../adapters/dynamodb/dynamodb.ts';
import { createStores } from '../../adapters/dynamodb/stores.ts';
import { createProvisioners } from '../../adapters/lambda/provisioners.ts';
import { systemClock } from '../../adapters/shared/system-clock.ts';
import { newClusterInput } from '../../domain/workflow/workflow.ts';
import { readEnvironment } from '../../environment.ts';
import { nodeHandler } from '../shared/node-handler.ts';
import { createCluster } from './create-cluster.ts';

const environment = readEnvironment('createCluster');
const deps = {
  ...createStores(createDocumentClient(), environment),
  provisioners: createProvisioners(environment.PROVISIONER_ARN),
  clock: systemClock,
};

export const handler = nodeHandler('createCluster', newClusterInput, (input) => createCluster(input, deps));
