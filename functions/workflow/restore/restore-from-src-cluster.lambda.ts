import type { Context } from 'aws-lambda';
import { createDocumentClient } from '../../adapters/dynamodb/dynamodb.ts';
import { createStores } from '../../adapters/dynamodb/stores.ts';
import { systemClock } from '../../adapters/shared/system-clock.ts';
import { createTidbAndFiles } from '../../adapters/tidb/tidb-and-files.ts';
import { operationInput } from '../../domain/workflow/workflow.ts';
import { readEnvironment } from '../../environment.ts';
import { inFunction } from '../shared/in-function.ts';
import { nodeHandler } from '../shared/node-handler.ts';
import { restoreOutOfTime } from '../shared/node-runner.ts';
import { restoreFromSrcCluster } from './restore-from-src-cluster.ts';

const environment = readEnvironment('restoreFromSrcCluster');
const client = createDocumentClient();
const deps = {
  ...createStores(client, environment),
  ...createTidbAndFiles(client, environment, { withAnyKeys: true }),
  clock: systemClock,
};

const outOfTime = restoreOutOfTime(environment.HAS_WORKER !== undefined);

export const handler = nodeHandler('restoreFromSrcCluster', operationInput, (input, context: Context) =>
  restoreFromSrcCluster(input, 'RestoreExistCluster', {
    ...deps,
    ...inFunction(context, systemClock.now(), outOfTime),
  }),
);
