import * as z from 'zod/mini';
import { createDocumentClient } from '../adapters/dynamodb/dynamodb.ts';
import { createStores } from '../adapters/dynamodb/stores.ts';
import { createFailNodes } from '../adapters/lambda/lambda-fail-nodes.ts';
import { systemClock } from '../adapters/shared/system-clock.ts';
import { flowName } from '../domain/workflow/workflow.ts';
import { endedExecution } from '../domain/workflow/workflow-executions.ts';
import { FAIL_FUNCTIONS, readEnvironment, STATE_MACHINES, valuesOf } from '../environment.ts';
import { log } from '../log.ts';
import { repairEnded } from '../operations/repair/repair-ended.ts';

const environment = readEnvironment('executionEnded');
const deps = {
  ...createStores(createDocumentClient(), environment),
  failNodes: createFailNodes(valuesOf(FAIL_FUNCTIONS, environment)),
  clock: systemClock,
};

/** Each state machine's workflow. */
const FLOWS = new Map(
  Object.entries(valuesOf(STATE_MACHINES, environment)).map(([flow, arn]) => [arn, flowName.parse(flow)]),
);

/**
 * The used fields of Step Functions' "Execution Status Change": Step Functions developer guide, "Standard workflow
 * events".
 */
const statusChange = z.object({
  detail: z.looseObject({ executionArn: z.string(), stateMachineArn: z.string(), status: z.string() }),
});

/** Handles what ASL cannot catch: executions that were stopped, timed out, or died in their last node. */
export async function handler(event: unknown): Promise<void> {
  const { detail } = statusChange.parse(event);
  const { executionArn, stateMachineArn, status } = detail;
  const flow = FLOWS.get(stateMachineArn);
  if (flow === undefined) throw new Error(`${stateMachineArn} is not a state machine of the service`);
  const repaired = await repairEnded(flow, endedExecution(detail), deps);
  log.info({ message: 'an execution ended', executionArn, status, repaired });
}
