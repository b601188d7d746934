import { createDocumentClient } from '../../adapters/dynamodb/dynamodb.ts';
import { createStores } from '../../adapters/dynamodb/stores.ts';
import { systemClock } from '../../adapters/shared/system-clock.ts';
import { readEnvironment } from '../../environment.ts';
import { failedOperation } from '../shared/failed-operation.ts';
import { nodeHandler } from '../shared/node-handler.ts';
import { undeleteFail } from './undelete-fail.ts';

const environment = readEnvironment('undeleteFail');
const deps = {
  ...createStores(createDocumentClient(), environment),
  clock: systemClock,
};

export const handler = nodeHandler('fail', failedOperation, (input) => undeleteFail(input, deps));
