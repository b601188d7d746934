import { createDocumentClient } from '../../adapters/dynamodb/dynamodb.ts';
import { createStores } from '../../adapters/dynamodb/stores.ts';
import { systemClock } from '../../adapters/shared/system-clock.ts';
import { readEnvironment } from '../../environment.ts';
import { failedOperation } from '../shared/failed-operation.ts';
import { nodeHandler } from '../shared/node-handler.ts';
import { deletionFail } from './deletion-fail.ts';

const environment = readEnvironment('deletionFail');
const deps = {
  ...createStores(createDocumentClient(), environment),
  clock: systemClock,
};

export const handler = nodeHandler('fail', failedOperation, (input) => deletionFail(input, deps));
