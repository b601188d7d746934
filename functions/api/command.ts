import { createBackupStore } from '../adapters/dynamodb/backups-store.ts';
import { cachedConfig } from '../adapters/dynamodb/cached-config.ts';
import { createClusterStore } from '../adapters/dynamodb/clusters-store.ts';
import { createConfigStore } from '../adapters/dynamodb/config-store.ts';
import { createDeletionStore } from '../adapters/dynamodb/deletions-store.ts';
import { createDocumentClient } from '../adapters/dynamodb/dynamodb.ts';
import { createFormerPlaceStore } from '../adapters/dynamodb/former-place-store.ts';
import { createRequestStore } from '../adapters/dynamodb/requests-store.ts';
import { createStrategyStore } from '../adapters/dynamodb/strategies-store.ts';
import { createWorkflowStore } from '../adapters/dynamodb/workflows-store.ts';
import { createEmfMetrics } from '../adapters/events/emf-metrics.ts';
import { createWindowEvents } from '../adapters/events/window-events.ts';
import { createSecretVault } from '../adapters/secrets/secret-vault.ts';
import { systemClock } from '../adapters/shared/system-clock.ts';
import { createWorkflowExecutions } from '../adapters/step-functions/workflow-executions.ts';
import { readStorageTerms } from '../domain/storage/storage-class.ts';
import { readEnvironment } from '../environment.ts';
import { callersOf } from './http/authorization.ts';
import { createHandler } from './http/handler.ts';
import { createOnce } from './http/idempotency.ts';
import { COMMAND_ROUTES } from './routes/command-routes.ts';

const environment = readEnvironment('command');
const client = createDocumentClient();
const clock = systemClock;
const metrics = createEmfMetrics(clock);

export const handler = createHandler(
  COMMAND_ROUTES,
  {
    clusters: createClusterStore({ client, tableName: environment.CLUSTERS_TABLE }),
    strategies: createStrategyStore({ client, tableName: environment.CLUSTERS_TABLE }),
    backups: createBackupStore({ client, tableName: environment.BACKUPS_TABLE }),
    deletions: createDeletionStore({ client, tableName: environment.BACKUPS_TABLE }),
    workflows: createWorkflowStore({ client, tableName: environment.WORKFLOWS_TABLE }),
    config: cachedConfig(createConfigStore({ client, tableName: environment.CONFIG_TABLE }), clock),
    formerPlaces: createFormerPlaceStore({ client, tableName: environment.CONFIG_TABLE }),
    executions: createWorkflowExecutions({
      BackupCluster: environment.BACKUP_STATE_MACHINE_ARN,
      RestoreExistCluster: environment.RESTORE_STATE_MACHINE_ARN,
      RestoreNewCluster: environment.RESTORE_NEW_STATE_MACHINE_ARN,
      RestoreDrill: environment.DRILL_STATE_MACHINE_ARN,
      CheckCluster: environment.CHECK_CLUSTER_STATE_MACHINE_ARN,
      CheckConfig: environment.CHECK_CONFIG_STATE_MACHINE_ARN,
      ImportBackups: environment.IMPORT_STATE_MACHINE_ARN,
      DeleteBackup: environment.DELETE_STATE_MACHINE_ARN,
      UndeleteBackup: environment.UNDELETE_STATE_MACHINE_ARN,
    }),
    secrets: createSecretVault(environment.SECRETS_KEY_ARN),
    secretsPrefix: environment.SECRETS_PREFIX,
    hasWorker: environment.HAS_WORKER !== undefined,
    hasProvisioner: environment.PROVISIONER_ARN !== undefined,
    defaultStoragePath: environment.DEFAULT_STORAGE_PATH,
    storageTerms: readStorageTerms(environment.STORAGE_TERMS),
    nfsPath: environment.NFS_PATH,
    importBuckets: environment.IMPORT_BUCKETS?.split(','),
    events: createWindowEvents(),
    metrics,
    clock,
  },
  {
    callers: callersOf(environment),
    metrics,
    once: createOnce({ requests: createRequestStore({ client, tableName: environment.REQUESTS_TABLE }), clock }),
  },
);
