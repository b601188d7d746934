import type { Context } from 'aws-lambda';
import { createBackupStore } from '../adapters/dynamodb/backups-store.ts';
import { createClusterStore } from '../adapters/dynamodb/clusters-store.ts';
import { createDeletionStore } from '../adapters/dynamodb/deletions-store.ts';
import { createDocumentClient } from '../adapters/dynamodb/dynamodb.ts';
import { createRetentionView } from '../adapters/dynamodb/retention-view.ts';
import { createWorkflowStore } from '../adapters/dynamodb/workflows-store.ts';
import { createEmfMetrics } from '../adapters/events/emf-metrics.ts';
import { systemClock } from '../adapters/shared/system-clock.ts';
import { createWorkflowExecutions } from '../adapters/step-functions/workflow-executions.ts';
import { readEnvironment } from '../environment.ts';
import { log } from '../log.ts';
import { applyRetention, type RetentionSweep } from '../operations/retention/apply-retention.ts';
import { scheduledEvent } from './scheduled-event.ts';

const environment = readEnvironment('retention');
const client = createDocumentClient();
const clusters = { client, tableName: environment.CLUSTERS_TABLE };
const backups = { client, tableName: environment.BACKUPS_TABLE };
const deps = {
  clusters: createClusterStore(clusters),
  backups: createBackupStore(backups),
  deletions: createDeletionStore(backups),
  workflows: createWorkflowStore({ client, tableName: environment.WORKFLOWS_TABLE }),
  retention: createRetentionView({ clusters, backups }),
  executions: createWorkflowExecutions({ DeleteBackup: environment.DELETE_STATE_MACHINE_ARN }),
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
