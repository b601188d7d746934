import type { Context } from 'aws-lambda';
import { createDocumentClient } from '../adapters/dynamodb/dynamodb.ts';
import { createStores } from '../adapters/dynamodb/stores.ts';
import { createEmfMetrics } from '../adapters/events/emf-metrics.ts';
import { createWindowEvents } from '../adapters/events/window-events.ts';
import { systemClock } from '../adapters/shared/system-clock.ts';
import { createWorkflowExecutions } from '../adapters/step-functions/workflow-executions.ts';
import { deploymentStorage } from '../domain/shared/system-config.ts';
import { readEnvironment, STATE_MACHINES, valuesOf } from '../environment.ts';
import { log } from '../log.ts';
import { autoBackup, type Sweep } from '../operations/strategy/auto-backup.ts';
import { scheduledEvent } from './scheduled-event.ts';

const environment = readEnvironment('autoBackup');
const deps = {
  ...createStores(createDocumentClient(), environment),
  executions: createWorkflowExecutions(valuesOf(STATE_MACHINES, environment)),
  events: createWindowEvents(),
  ...deploymentStorage(environment),
};

const metrics = createEmfMetrics(systemClock);

/** To start one backup takes four calls, each of which is repeated at most twice and lasts 5 s at most. */
const STOP_MARGIN_MS = 60_000;

export async function handler(event: unknown, context: Pick<Context, 'getRemainingTimeInMillis'>): Promise<Sweep> {
  const { time } = scheduledEvent.parse(event);
  const hasTime = () => context.getRemainingTimeInMillis() > STOP_MARGIN_MS;
  const sweep = await autoBackup(Date.parse(time), { ...deps, hasTime });
  log.info({ message: 'swept', time, ...sweep });
  metrics.emit({ WindowsMissed: sweep.missed, AutoBackupStartsFailed: sweep.failed }, {});
  return sweep;
}
