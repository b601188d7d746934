import type { Context } from 'aws-lambda';
import { createDocumentClient } from '../../adapters/dynamodb/dynamodb.ts';
import { createStores } from '../../adapters/dynamodb/stores.ts';
import { systemClock } from '../../adapters/shared/system-clock.ts';
import { createTidbAndFiles } from '../../adapters/tidb/tidb-and-files.ts';
import { type NewClusterInput, newClusterInput } from '../../domain/workflow/workflow.ts';
import { readEnvironment } from '../../environment.ts';
import { inFunction } from '../shared/in-function.ts';
import { nodeHandler } from '../shared/node-handler.ts';
import { restoreOutOfTime } from '../shared/node-runner.ts';
import { restoreIntoNewCluster } from './restore-into-new-cluster.ts';

const environment = readEnvironment('restoreNewCluster');
const client = createDocumentClient();
const deps = {
  ...createStores(client, environment),
  ...createTidbAndFiles(client, environment, { withAnyKeys: true }),
  clock: systemClock,
};

export const handler = nodeHandler('restoreNewCluster', newClusterInput, (input, context: Context) =>
  restoreIntoNewCluster(input, { ...deps, ...inFunction(context, systemClock.now(), outOfTimeOf(input)) }),
);

function outOfTimeOf({ drill }: NewClusterInput): string {
  return restoreOutOfTime(environment.HAS_WORKER !== undefined, drill !== undefined);
}
