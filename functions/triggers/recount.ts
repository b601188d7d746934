import { setTimeout as wait } from 'node:timers/promises';
import { createDocumentClient } from '../adapters/dynamodb/dynamodb.ts';
import { createRecordPlaces } from '../adapters/dynamodb/record-places.ts';
import { createStores } from '../adapters/dynamodb/stores.ts';
import { readEnvironment } from '../environment.ts';
import { recountRecords } from '../operations/status/recount-records.ts';
import { sweepHandler } from './sweep-handler.ts';

const environment = readEnvironment('recount');
const client = createDocumentClient();
const deps = {
  ...createStores(client, environment),
  recordsBefore: createRecordPlaces(client, environment),
  wait,
};

export const handler = sweepHandler('recounted', 0, (now) => recountRecords(now, deps));
