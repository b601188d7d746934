import type { Context } from 'aws-lambda';
import { createBackupStore } from '../adapters/dynamodb/backups-store.ts';
import { createClusterStore } from '../adapters/dynamodb/clusters-store.ts';
import { createConfigStore } from '../adapters/dynamodb/config-store.ts';
import { createDocumentClient } from '../adapters/dynamodb/dynamodb.ts';
import { createStrategyStore } from '../adapters/dynamodb/strategies-store.ts';
import { createWorkflowStore } from '../adapters/dynamodb/workflows-store.ts';
import { createEmfMetrics } from '../adapters/events/emf-metrics.ts';
import { createWindowEvents } from '../adapters/events/window-events.ts';
import { systemClock } from '../adapters/shared/system-clock.ts';
import { createWorkflowExecutions } from '../adapters/step-functions/workflow-executions.ts';
import { readStorageTerms } from '../domain/storage/storage-class.ts';
import { readEnvironment } from '../environment.ts';
import { log } from '../log.ts';
import { autoBackup, type Sweep } from '../operations/strategy/auto-backup.ts';
import { scheduledEvent } from './scheduled-event.ts';

const environment = readEnvironment('autoBackup');
const client = createDocumentClient();
const deps = {
  clusters: createClusterStore({ client, tableName: environment.CLUSTERS_TABLE }),
  strategies: createStrategyStore({ client, tableName: environment.CLUSTERS_TABLE }),
  backups: createBackupStore({ client, tableName: environment.BACKUPS_TABLE }),
  workflows: createWorkflowStore({ client, tableName: environment.WORKFLOWS_TABLE }),
  config: createConfigStore({ client, tableName: environment.CONFIG_TABLE }),
  executions: createWorkflowExecutions({ BackupCluster: environment.BACKUP_STATE_MACHINE_ARN }),
  events: createWindowEvents(),
  defaultStoragePath: environment.DEFAULT_STORAGE_PATH,
  storageTerms: readStorageTerms(environment.STORAGE_TERMS),
  nfsPath: environment.NFS_PATH,
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
