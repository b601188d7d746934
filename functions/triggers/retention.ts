import { createDocumentClient } from '../adapters/dynamodb/dynamodb.ts';
import { createStores } from '../adapters/dynamodb/stores.ts';
import { createEmfMetrics } from '../adapters/events/emf-metrics.ts';
import { invokeLater } from '../adapters/lambda/invoke-later.ts';
import { systemClock } from '../adapters/shared/system-clock.ts';
import { pacedStarts } from '../adapters/step-functions/paced-starts.ts';
import { createWorkflowExecutions } from '../adapters/step-functions/workflow-executions.ts';
import { readEnvironment, STATE_MACHINES, SWEEP_MINUTES, valuesOf } from '../environment.ts';
import { applyRetention } from '../operations/retention/apply-retention.ts';
import { sweepHandler } from './sweep-handler.ts';

const environment = readEnvironment('retention');
const deps = {
  ...createStores(createDocumentClient(), environment),
  executions: pacedStarts(createWorkflowExecutions(valuesOf(STATE_MACHINES, environment)), systemClock),
  clock: systemClock,
};
const metrics = createEmfMetrics(systemClock);

/** One removal takes three calls, at most a dozen, each with at most two retries of up to 5 s. */
const STOP_MARGIN_MS = 180_000;

export const handler = sweepHandler(
  'swept',
  { lastItemMs: STOP_MARGIN_MS, everyMinutes: SWEEP_MINUTES.retention, invoke: invokeLater },
  async (now, hasTime) => {
    const sweep = await applyRetention(now, { ...deps, hasTime });
    metrics.emit({ BackupsRemovedByRetention: sweep.removed, RetentionFailures: sweep.failed }, {});
    return sweep;
  },
);
