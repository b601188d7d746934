import { createDocumentClient } from '../adapters/dynamodb/dynamodb.ts';
import { createStores } from '../adapters/dynamodb/stores.ts';
import { createEmfMetrics } from '../adapters/events/emf-metrics.ts';
import { createWindowEvents } from '../adapters/events/window-events.ts';
import { invokeLater } from '../adapters/lambda/invoke-later.ts';
import { systemClock } from '../adapters/shared/system-clock.ts';
import { pacedStarts } from '../adapters/step-functions/paced-starts.ts';
import { createWorkflowExecutions } from '../adapters/step-functions/workflow-executions.ts';
import { deploymentStorage } from '../domain/config/system-config.ts';
import { readEnvironment, STATE_MACHINES, SWEEP_MINUTES, valuesOf } from '../environment.ts';
import { autoBackup } from '../operations/strategy/auto-backup.ts';
import { sweepHandler } from './sweep-handler.ts';

const environment = readEnvironment('autoBackup');
const deps = {
  ...createStores(createDocumentClient(), environment),
  executions: pacedStarts(createWorkflowExecutions(valuesOf(STATE_MACHINES, environment)), systemClock),
  events: createWindowEvents(),
  ...deploymentStorage(environment),
};

const metrics = createEmfMetrics(systemClock);

/** Starting one backup takes four calls, each with at most two retries of up to 5 s. */
const STOP_MARGIN_MS = 60_000;

export const handler = sweepHandler(
  'swept',
  { lastItemMs: STOP_MARGIN_MS, everyMinutes: SWEEP_MINUTES.autoBackup, invoke: invokeLater },
  async (now, hasTime) => {
    const sweep = await autoBackup(now, { ...deps, hasTime });
    metrics.emit({ WindowsMissed: sweep.missed, AutoBackupStartsFailed: sweep.failed }, {});
    return sweep;
  },
);
