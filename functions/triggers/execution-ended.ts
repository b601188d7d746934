import * as z from 'zod/mini';
import { createDocumentClient } from '../adapters/dynamodb/dynamodb.ts';
import { createStores } from '../adapters/dynamodb/stores.ts';
import { createFailNodes } from '../adapters/lambda/lambda-fail-nodes.ts';
import { systemClock } from '../adapters/shared/system-clock.ts';
import type { FlowName } from '../domain/workflow/workflow.ts';
import { endedExecution } from '../domain/workflow/workflow-executions.ts';
import { readEnvironment } from '../environment.ts';
import { log } from '../log.ts';
import { repairEnded } from '../operations/repair/repair-ended.ts';

const environment = readEnvironment('executionEnded');
const deps = {
  ...createStores(createDocumentClient(), environment),
  failNodes: createFailNodes({
    BackupCluster: environment.BACKUP_FAIL_FUNCTION_ARN,
    RestoreExistCluster: environment.RESTORE_FAIL_FUNCTION_ARN,
    RestoreNewCluster: environment.NEW_CLUSTER_FAIL_FUNCTION_ARN,
    RestoreDrill: environment.NEW_CLUSTER_FAIL_FUNCTION_ARN,
    CheckCluster: environment.CHECK_FAIL_FUNCTION_ARN,
    CheckConfig: environment.CHECK_FAIL_FUNCTION_ARN,
    ImportBackups: environment.CHECK_FAIL_FUNCTION_ARN,
  }),
  clock: systemClock,
};

const FLOWS: ReadonlyMap<string, FlowName> = new Map([
  [environment.BACKUP_STATE_MACHINE_ARN, 'BackupCluster'],
  [environment.RESTORE_STATE_MACHINE_ARN, 'RestoreExistCluster'],
  [environment.RESTORE_NEW_STATE_MACHINE_ARN, 'RestoreNewCluster'],
  [environment.DRILL_STATE_MACHINE_ARN, 'RestoreDrill'],
  [environment.CHECK_CLUSTER_STATE_MACHINE_ARN, 'CheckCluster'],
  [environment.CHECK_CONFIG_STATE_MACHINE_ARN, 'CheckConfig'],
  [environment.IMPORT_STATE_MACHINE_ARN, 'ImportBackups'],
  [environment.DELETE_STATE_MACHINE_ARN, 'DeleteBackup'],
  [environment.UNDELETE_STATE_MACHINE_ARN, 'UndeleteBackup'],
]);

/** What is read of Step Functions' "Execution Status Change": Step Functions developer guide, "Standard workflow events". */
const statusChange = z.object({
  detail: z.looseObject({ executionArn: z.string(), stateMachineArn: z.string(), status: z.string() }),
});

/** What ASL cannot catch: an execution that was stopped, ran out of time, or died in its last node. */
export async function handler(event: unknown): Promise<void> {
  const { detail } = statusChange.parse(event);
  const { executionArn, stateMachineArn, status } = detail;
  const flowName = FLOWS.get(stateMachineArn);
  if (flowName === undefined) throw new Error(`${stateMachineArn} is none of the service's state machines`);
  const repaired = await repairEnded(flowName, endedExecution(detail), deps);
  log.info({ message: 'an execution ended', executionArn, status, repaired });
}
