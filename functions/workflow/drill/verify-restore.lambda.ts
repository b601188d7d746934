import type { Context } from 'aws-lambda';
import { createDocumentClient } from '../../adapters/dynamodb/dynamodb.ts';
import { createStores } from '../../adapters/dynamodb/stores.ts';
import { systemClock } from '../../adapters/shared/system-clock.ts';
import { createTidbAndFiles } from '../../adapters/tidb/tidb-and-files.ts';
import { readEnvironment } from '../../environment.ts';
import { inFunction } from '../shared/in-function.ts';
import { nodeHandler } from '../shared/node-handler.ts';
import { verifyOutOfTime } from '../shared/node-runner.ts';
import { verifyRestore, verifyRestoreInput } from './verify-restore.ts';

const environment = readEnvironment('verifyRestore');
const client = createDocumentClient();
const deps = {
  ...createStores(client, environment),
  ...createTidbAndFiles(client, environment),
  clock: systemClock,
};

const outOfTime = verifyOutOfTime(environment.HAS_WORKER !== undefined);

export const handler = nodeHandler('verifyRestore', verifyRestoreInput, (input, context: Context) =>
  verifyRestore(input, { ...deps, ...inFunction(context, systemClock.now(), outOfTime) }),
);
