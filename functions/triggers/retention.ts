import type { Context } from 'aws-lambda';
import { createDocumentClient } from '../adapters/dynamodb/dynamodb.ts';
import { createStores } from '../adapters/dynamodb/stores.ts';
import { createEmfMetrics } from '../adapters/events/emf-metrics.ts';
import { systemClock } from '../adapters/shared/system-clock.ts';
import { createWorkflowExecutions } from '../adapters/step-functions/workflow-executions.ts';
import { readEnvironment, STATE_MACHINES, valuesOf } from '../environment.ts';
import { log } from '../log.ts';
import { applyRetention, type RetentionSweep } from '../operations/retention/apply-retention.ts';
import { scheduledEvent } from './scheduled-event.ts';

const environment = readEnvironment('retention');
const deps = {
  ...createStores(createDocumentClient(), environment),
  executions: createWorkflowExecutions(valuesOf(STATE_MACHINES, environment)),
  clock: systemClock,
};
const metrics = createEmfMetrics(systemClock);

/** One removal takes three calls, a dozen at most, each of which is repeated at most twice and lasts 5 s at most. */
const STOP_MARGIN_MS = 180_000;

export async function handler(
  event: unknown,
  context: Pick<Context, 'getRemainingTimeInMillis'>,
): Promise<RetentionSweep> {
  const { time } = scheduledEvent.parse(event);
  const hasTime = () => context.getRemainingTimeInMillis() > STOP_MARGIN_MS;
  const sweep = await applyRetention(Date.parse(time), { ...deps, hasTime });
  log.info({ message: 'swept', time, ...sweep });
  metrics.emit({ BackupsRemovedByRetention: sweep.removed, RetentionFailures: sweep.failed }, {});
  return sweep;
}
