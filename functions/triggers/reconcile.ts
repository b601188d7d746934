import type { Context } from 'aws-lambda';
import { createDocumentClient } from '../adapters/dynamodb/dynamodb.ts';
import { createStores } from '../adapters/dynamodb/stores.ts';
import { createFailNodes } from '../adapters/lambda/lambda-fail-nodes.ts';
import { createSecretVault } from '../adapters/secrets/secret-vault.ts';
import { systemClock } from '../adapters/shared/system-clock.ts';
import { createExecutionStates, createWorkflowExecutions } from '../adapters/step-functions/workflow-executions.ts';
import { readEnvironment } from '../environment.ts';
import { log } from '../log.ts';
import { type Reconciliation, reconcile } from '../operations/repair/reconcile.ts';
import { scheduledEvent } from './scheduled-event.ts';

const environment = readEnvironment('reconcile');
const deps = {
  ...createStores(createDocumentClient(), environment),
  executions: {
    ...createWorkflowExecutions({ DeleteBackup: environment.DELETE_STATE_MACHINE_ARN }),
    ...createExecutionStates(),
  },
  failNodes: createFailNodes({
    BackupCluster: environment.BACKUP_FAIL_FUNCTION_ARN,
    RestoreExistCluster: environment.RESTORE_FAIL_FUNCTION_ARN,
    RestoreNewCluster: environment.NEW_CLUSTER_FAIL_FUNCTION_ARN,
    RestoreDrill: environment.NEW_CLUSTER_FAIL_FUNCTION_ARN,
    CheckCluster: environment.CHECK_FAIL_FUNCTION_ARN,
    CheckConfig: environment.CHECK_FAIL_FUNCTION_ARN,
    ImportBackups: environment.CHECK_FAIL_FUNCTION_ARN,
  }),
  secrets: createSecretVault(),
  clock: systemClock,
};

/** A repair lasts as long as the `fail` node that does it: five minutes at most. */
const LAST_REPAIR_MS = 330_000;

export async function handler(
  event: unknown,
  context: Pick<Context, 'getRemainingTimeInMillis'>,
): Promise<Reconciliation> {
  const { time } = scheduledEvent.parse(event);
  const hasTime = () => context.getRemainingTimeInMillis() > LAST_REPAIR_MS;
  const result = await reconcile(Date.parse(time), { ...deps, hasTime });
  log.info({ message: 'reconciled', time, ...result });
  return result;
}
