import { createDocumentClient } from '../../adapters/dynamodb/dynamodb.ts';
import { createStores } from '../../adapters/dynamodb/stores.ts';
import { createProvisioners } from '../../adapters/lambda/provisioners.ts';
import { createSecretVault } from '../../adapters/secrets/secret-vault.ts';
import { systemClock } from '../../adapters/shared/system-clock.ts';
import { newClusterInput } from '../../domain/workflow/workflow.ts';
import { readEnvironment } from '../../environment.ts';
import { nodeHandler } from '../shared/node-handler.ts';
import { drillEnd } from './drill-end.ts';

const environment = readEnvironment('drillEnd');
const deps = {
  ...createStores(createDocumentClient(), environment),
  provisioners: createProvisioners(environment.PROVISIONER_ARN),
  secrets: createSecretVault(),
  clock: systemClock,
};

export const handler = nodeHandler('end', newClusterInput, (input) => drillEnd(input, deps));
