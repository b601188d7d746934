import { createDocumentClient } from '../adapters/dynamodb/dynamodb.ts';
import { createStores } from '../adapters/dynamodb/stores.ts';
import { invokeLater } from '../adapters/lambda/invoke-later.ts';
import { systemClock } from '../adapters/shared/system-clock.ts';
import { pacedStarts } from '../adapters/step-functions/paced-starts.ts';
import { createWorkflowExecutions } from '../adapters/step-functions/workflow-executions.ts';
import { readEnvironment, STATE_MACHINES, SWEEP_MINUTES, valuesOf } from '../environment.ts';
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

export const handler = sweepHandler(
  'drills swept',
  { lastItemMs: STOP_MARGIN_MS, everyMinutes: SWEEP_MINUTES.drills, invoke: invokeLater },
  (now, hasTime) => startDueDrills(now, { ...deps, hasTime }),
);
