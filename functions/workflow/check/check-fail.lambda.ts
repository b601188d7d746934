import type { Context } from 'aws-lambda';
import { createDocumentClient } from '../../adapters/dynamodb/dynamodb.ts';
import { createStores } from '../../adapters/dynamodb/stores.ts';
import { systemClock } from '../../adapters/shared/system-clock.ts';
import { createWorkflowExecutions } from '../../adapters/step-functions/workflow-executions.ts';
import { createTidbAndFiles } from '../../adapters/tidb/tidb-and-files.ts';
import { readEnvironment, STATE_MACHINES, valuesOf } from '../../environment.ts';
import { inFunction } from '../shared/in-function.ts';
import { nodeHandler } from '../shared/node-handler.ts';
import { SCRATCH_OUT_OF_TIME } from '../shared/node-runner.ts';
import { checkFail, failedCheck } from './check-fail.ts';

const environment = readEnvironment('checkFail');
const client = createDocumentClient();
const deps = {
  ...createStores(client, environment),
  executions: createWorkflowExecutions(valuesOf(STATE_MACHINES, environment)),
  ...createTidbAndFiles(client, environment, { withAnyKeys: true }),
  clock: systemClock,
};

export const handler = nodeHandler('fail', failedCheck, (input, context: Context) =>
  checkFail(input, { ...deps, ...inFunction(context, systemClock.now(), SCRATCH_OUT_OF_TIME) }),
);
