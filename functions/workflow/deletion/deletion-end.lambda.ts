import { createDocumentClient } from '../../adapters/dynamodb/dynamodb.ts';
import { createStores } from '../../adapters/dynamodb/stores.ts';
import { systemClock } from '../../adapters/shared/system-clock.ts';
import { readEnvironment } from '../../environment.ts';
import { nodeHandler } from '../shared/node-handler.ts';
import { deletionEnd, deletionEndInput } from './deletion-end.ts';

const environment = readEnvironment('deletionEnd');
const deps = {
  ...createStores(createDocumentClient(), environment),
  clock: systemClock,
};

export const handler = nodeHandler('end', deletionEndInput, (input) => deletionEnd(input, deps));
