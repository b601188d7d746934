import type { Context } from 'aws-lambda';
import { createDocumentClient } from '../../adapters/dynamodb/dynamodb.ts';
import { createStores } from '../../adapters/dynamodb/stores.ts';
import { systemClock } from '../../adapters/shared/system-clock.ts';
import { createTidbAndFiles } from '../../adapters/tidb/tidb-and-files.ts';
import { operationInput } from '../../domain/workflow/workflow.ts';
import { readEnvironment } from '../../environment.ts';
import { inFunction } from '../shared/in-function.ts';
import { nodeHandler } from '../shared/node-handler.ts';
import { backupOutOfTime } from '../shared/node-runner.ts';
import { backupAlone } from './backup-alone.ts';

const environment = readEnvironment('backup');
const client = createDocumentClient();
const deps = {
  ...createStores(client, environment),
  ...createTidbAndFiles(client, environment),
  clock: systemClock,
};

const outOfTime = backupOutOfTime(environment.HAS_WORKER !== undefined);

export const handler = nodeHandler('backup', operationInput, (input, context: Context) =>
  backupAlone(input, { ...deps, ...inFunction(context, systemClock.now(), outOfTime) }),
);
