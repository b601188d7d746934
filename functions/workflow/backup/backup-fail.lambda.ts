import { createDocumentClient } from '../../adapters/dynamodb/dynamodb.ts';
import { createStores } from '../../adapters/dynamodb/stores.ts';
import { systemClock } from '../../adapters/shared/system-clock.ts';
import { createTidbAndFiles } from '../../adapters/tidb/tidb-and-files.ts';
import { readEnvironment } from '../../environment.ts';
import { failedOperation } from '../shared/failed-operation.ts';
import { nodeHandler } from '../shared/node-handler.ts';
import { backupFail } from './backup-fail.ts';

const environment = readEnvironment('backupFail');
const client = createDocumentClient();
const deps = {
  ...createStores(client, environment),
  ...createTidbAndFiles(client, environment),
  clock: systemClock,
};

export const handler = nodeHandler('fail', failedOperation, (input) => backupFail(input, deps));
