import { setTimeout as wait } from 'node:timers/promises';
import { createDocumentClient } from '../adapters/dynamodb/dynamodb.ts';
import { createRecordPlaces } from '../adapters/dynamodb/record-places.ts';
import { createStores } from '../adapters/dynamodb/stores.ts';
import { readEnvironment } from '../environment.ts';
import { log } from '../log.ts';
import { type Recount, recountRecords } from '../operations/status/recount-records.ts';
import { sweepEvent } from './sweep-handler.ts';

const environment = readEnvironment('recount');
const client = createDocumentClient();
const deps = {
  ...createStores(client, environment),
  recordsBefore: createRecordPlaces(client, environment),
  wait,
};

export async function handler(event: unknown): Promise<Recount> {
  const { time } = sweepEvent.parse(event);
  const result = await recountRecords(Date.parse(time), deps);
  log.info({ message: 'recounted', time, ...result });
  return result;
}
