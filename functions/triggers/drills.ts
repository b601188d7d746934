import { createDocumentClient } from '../adapters/dynamodb/dynamodb.ts';
import { createStores } from '../adapters/dynamodb/stores.ts';
import { createWorkflowExecutions } from '../adapters/step-functions/workflow-executions.ts';
import { readEnvironment, STATE_MACHINES, valuesOf } from '../environment.ts';
import { startDueDrills } from '../operations/drill/start-due-drills.ts';
import { sweepHandler } from './sweep-handler.ts';

const environment = readEnvironment('drills');
const deps = {
  ...createStores(createDocumentClient(), environment),
  executions: createWorkflowExecutions(valuesOf(STATE_MACHINES, environment)),
  hasProvisioner: environment.PROVISIONER_ARN !== undefined,
};

export const handler = sweepHandler('drills swept', 0, (now) => startDueDrills(now, deps));
