import type { Context } from 'aws-lambda';
import { createBackupStore } from '../adapters/backups-store.ts';
import { createClusterStore } from '../adapters/clusters-store.ts';
import { createDeletionStore } from '../adapters/deletions-store.ts';
import { createDocumentClient } from '../adapters/dynamodb.ts';
import { createFailNodes } from '../adapters/lambda-fail-nodes.ts';
import { createSecretVault } from '../adapters/secret-vault.ts';
import { createStrategyStore } from '../adapters/strategies-store.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { createUnfinished } from '../adapters/unfinished-store.ts';
import { createExecutionStates, createWorkflowExecutions } from '../adapters/workflow-executions.ts';
import { createWorkflowStore } from '../adapters/workflows-store.ts';
import { readEnvironment } from '../environment.ts';
import { log } from '../log.ts';
import { type Reconciliation, reconcile } from '../operations/reconcile.ts';
import { scheduledEvent } from './scheduled-event.ts';

const environment = readEnvironment('reconcile');
const client = createDocumentClient();
const clusters = { client, tableName: environment.CLUSTERS_TABLE };
const backups = { client, tableName: environment.BACKUPS_TABLE };
const workflows = { client, tableName: environment.WORKFLOWS_TABLE };
const deps = {
  clusters: createClusterStore(clusters),
  strategies: createStrategyStore(clusters),
  backups: createBackupStore(backups),
  deletions: createDeletionStore(backups),
  workflows: createWorkflowStore(workflows),
  unfinished: createUnfinished({ clusters, backups, workflows }),
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
