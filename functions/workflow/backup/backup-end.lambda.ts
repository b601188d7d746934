import { createDocumentClient } from '../../adapters/dynamodb/dynamodb.ts';
import { createStores } from '../../adapters/dynamodb/stores.ts';
import { systemClock } from '../../adapters/shared/system-clock.ts';
import { endOperation } from '../../domain/workflow/end-operation.ts';
import { operationInput } from '../../domain/workflow/workflow.ts';
import { readEnvironment } from '../../environment.ts';
import { nodeHandler } from '../shared/node-handler.ts';

const environment = readEnvironment('backupEnd');
const deps = {
  ...createStores(createDocumentClient(), environment),
  clock: systemClock,
};

export const handler = nodeHandler('end', operationInput, (input) =>
  endOperation(input, 'BackupCluster', 'Finished', deps),
);
