import { createDocumentClient } from '../adapters/dynamodb/dynamodb.ts';
import { createStores } from '../adapters/dynamodb/stores.ts';
import { createWorkflowExecutions } from '../adapters/step-functions/workflow-executions.ts';
import { readEnvironment, STATE_MACHINES, valuesOf } from '../environment.ts';
import { log } from '../log.ts';
import { startDueDrills } from '../operations/drill/start-due-drills.ts';
import { scheduledEvent } from './scheduled-event.ts';

const environment = readEnvironment('drills');
const deps = {
  ...createStores(createDocumentClient(), environment),
  executions: createWorkflowExecutions(valuesOf(STATE_MACHINES, environment)),
  hasProvisioner: environment.PROVISIONER_ARN !== undefined,
};

export async function handler(event: unknown): Promise<void> {
  const { time } = scheduledEvent.parse(event);
  const sweep = await startDueDrills(Date.parse(time), deps);
  log.info({ message: 'drills swept', time, ...sweep });
}
