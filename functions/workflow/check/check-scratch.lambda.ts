import type { Context } from 'aws-lambda';
import { createDocumentClient } from '../../adapters/dynamodb/dynamodb.ts';
import { createStores } from '../../adapters/dynamodb/stores.ts';
import { systemClock } from '../../adapters/shared/system-clock.ts';
import { createWorkflowExecutions } from '../../adapters/step-functions/workflow-executions.ts';
import { createTidbAndFiles } from '../../adapters/tidb/tidb-and-files.ts';
import { deploymentStorage } from '../../domain/config/system-config.ts';
import { readEnvironment, STATE_MACHINES, valuesOf } from '../../environment.ts';
import { inFunction } from '../shared/in-function.ts';
import { nodeHandler } from '../shared/node-handler.ts';
import { SCRATCH_OUT_OF_TIME } from '../shared/node-runner.ts';
import { checkScratch, checkScratchInput } from './check-scratch.ts';

const environment = readEnvironment('checkScratch');
const client = createDocumentClient();
const deps = {
  ...createStores(client, environment),
  executions: createWorkflowExecutions(valuesOf(STATE_MACHINES, environment)),
  ...createTidbAndFiles(client, environment),
  ...deploymentStorage(environment),
  clock: systemClock,
};

export const handler = nodeHandler('checkScratch', checkScratchInput, (input, context: Context) =>
  checkScratch(input, { ...deps, ...inFunction(context, systemClock.now(), SCRATCH_OUT_OF_TIME) }),
);
