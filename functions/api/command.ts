import { cachedConfig } from '../adapters/dynamodb/cached-config.ts';
import { createDocumentClient } from '../adapters/dynamodb/dynamodb.ts';
import { createStores } from '../adapters/dynamodb/stores.ts';
import { createEmfMetrics } from '../adapters/events/emf-metrics.ts';
import { createWindowEvents } from '../adapters/events/window-events.ts';
import { createSecretVault } from '../adapters/secrets/secret-vault.ts';
import { systemClock } from '../adapters/shared/system-clock.ts';
import { createWorkflowExecutions } from '../adapters/step-functions/workflow-executions.ts';
import { deploymentStorage } from '../domain/shared/system-config.ts';
import { readEnvironment } from '../environment.ts';
import { callersOf } from './http/authorization.ts';
import { createHandler } from './http/handler.ts';
import { createOnce } from './http/idempotency.ts';
import { COMMAND_ROUTES } from './routes/command-routes.ts';

const environment = readEnvironment('command');
const stores = createStores(createDocumentClient(), environment);
const clock = systemClock;
const metrics = createEmfMetrics(clock);

export const handler = createHandler(
  COMMAND_ROUTES,
  {
    ...stores,
    config: cachedConfig(stores.config, clock),
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
    ...deploymentStorage(environment),
    importBuckets: environment.IMPORT_BUCKETS?.split(','),
    events: createWindowEvents(),
    metrics,
    clock,
  },
  {
    callers: callersOf(environment),
    metrics,
    once: createOnce({ requests: stores.requests, clock }),
  },
);
