import { createDocumentClient } from '../../adapters/dynamodb/dynamodb.ts';
import { createStores } from '../../adapters/dynamodb/stores.ts';
import { systemClock } from '../../adapters/shared/system-clock.ts';
import { endRestore } from '../../domain/workflow/end-operation.ts';
import { operationInput } from '../../domain/workflow/workflow.ts';
import { readEnvironment } from '../../environment.ts';
import { nodeHandler } from '../shared/node-handler.ts';

const environment = readEnvironment('newClusterEnd');
const deps = {
  ...createStores(createDocumentClient(), environment),
  clock: systemClock,
};

export const handler = nodeHandler('end', operationInput, (input) => endRestore(input, 'RestoreNewCluster', deps));
