import type { Context } from 'aws-lambda';
import { createBackupFiles } from '../adapters/backup-files.ts';
import { createBackupStore } from '../adapters/backups-store.ts';
import { createClusterStore } from '../adapters/clusters-store.ts';
import { createConfigStore } from '../adapters/config-store.ts';
import { createDeletionStore } from '../adapters/deletions-store.ts';
import { createDocumentClient } from '../adapters/dynamodb.ts';
import { createSecretReader } from '../adapters/secret-reader.ts';
import { createStoresOfBackups } from '../adapters/stores-of-backups.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { createTidbGateway } from '../adapters/tidb/gateway.ts';
import { createWorkflowExecutions } from '../adapters/workflow-executions.ts';
import { createWorkflowStore } from '../adapters/workflows-store.ts';
import { readEnvironment } from '../environment.ts';
import { inFunction } from './in-function.ts';
import { nodeHandler } from './node-handler.ts';
import { checkFail, failedCheck } from './nodes/check-fail.ts';
import { SCRATCH_OUT_OF_TIME } from './nodes/node-runner.ts';

const environment = readEnvironment('checkFail');
const client = createDocumentClient();
const secrets = createSecretReader();
const stores = createStoresOfBackups(secrets, client, environment);
const deps = {
  clusters: createClusterStore({ client, tableName: environment.CLUSTERS_TABLE }),
  backups: createBackupStore({ client, tableName: environment.BACKUPS_TABLE }),
  deletions: createDeletionStore({ client, tableName: environment.BACKUPS_TABLE }),
  workflows: createWorkflowStore({ client, tableName: environment.WORKFLOWS_TABLE }),
  config: createConfigStore({ client, tableName: environment.CONFIG_TABLE }),
  executions: createWorkflowExecutions({ DeleteBackup: environment.DELETE_STATE_MACHINE_ARN }),
  tidb: createTidbGateway(secrets, environment, stores),
  files: createBackupFiles(stores, environment),
  clock: systemClock,
};

export const handler = nodeHandler('fail', failedCheck, (input, context: Context) =>
  checkFail(input, { ...deps, ...inFunction(context, systemClock.now(), SCRATCH_OUT_OF_TIME) }),
);
