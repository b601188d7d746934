import { setTimeout as wait } from 'node:timers/promises';
import { createDocumentClient } from '../adapters/dynamodb/dynamodb.ts';
import { createRecordPlaces } from '../adapters/dynamodb/record-places.ts';
import { createStores } from '../adapters/dynamodb/stores.ts';
import { invokeLater } from '../adapters/lambda/invoke-later.ts';
import { readEnvironment, SWEEP_MINUTES } from '../environment.ts';
import { recountRecords } from '../operations/status/recount-records.ts';
import { sweepHandler } from './sweep-handler.ts';

const environment = readEnvironment('recount');
const client = createDocumentClient();
const deps = {
  ...createStores(client, environment),
  recordsBefore: createRecordPlaces(client, environment),
  wait,
};

export const handler = sweepHandler(
  'recounted',
  { lastItemMs: 0, everyMinutes: SWEEP_MINUTES.recount, invoke: invokeLater },
  (now) => recountRecords(now, deps),
);
