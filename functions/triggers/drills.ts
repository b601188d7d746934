import { createDocumentClient } from '../adapters/dynamodb/dynamodb.ts';
import { createStores } from '../adapters/dynamodb/stores.ts';
import { systemClock } from '../adapters/shared/system-clock.ts';
import { pacedStarts } from '../adapters/step-functions/paced-starts.ts';
import { createWorkflowExecutions } from '../adapters/step-functions/workflow-executions.ts';
import { readEnvironment, STATE_MACHINES, valuesOf } from '../environment.ts';
import { startDueDrills } from '../operations/drill/start-due-drills.ts';
import { sweepHandler } from './sweep-handler.ts';

const environment = readEnvironment('drills');
const deps = {
  ...createStores(createDocumentClient(), environment),
  executions: pacedStarts(createWorkflowExecutions(valuesOf(STATE_MACHINES, environment)), systemClock),
  hasProvisioner: environment.PROVISIONER_ARN !== undefined,
};

/** A hundred drills, each of four calls with at most two retries of up to 5 s, 16 at a time. */
const STOP_MARGIN_MS = 60_000;

export const handler = sweepHandler('drills swept', STOP_MARGIN_MS, (now, hasTime) =>
  startDueDrills(now, { ...deps, hasTime }),
);
