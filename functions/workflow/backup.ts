import type { Context } from 'aws-lambda';
import { createBackupFiles } from '../adapters/backup-files.ts';
import { createBackupStore } from '../adapters/backups-store.ts';
import { createClusterStore } from '../adapters/clusters-store.ts';
import { createConfigStore } from '../adapters/config-store.ts';
import { createDocumentClient } from '../adapters/dynamodb.ts';
import { createSecretReader } from '../adapters/secret-reader.ts';
import { createStoresOfBackups } from '../adapters/stores-of-backups.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { createTidbGateway } from '../adapters/tidb/gateway.ts';
import { createWorkflowStore } from '../adapters/workflows-store.ts';
import { operationInput } from '../domain/workflow.ts';
import { readEnvironment } from '../environment.ts';
import { inFunction } from './in-function.ts';
import { nodeHandler } from './node-handler.ts';
import { backupAlone } from './nodes/backup-alone.ts';
import { backupOutOfTime } from './nodes/node-runner.ts';

const environment = readEnvironment('backup');
const client = createDocumentClient();
const secrets = createSecretReader();
const stores = createStoresOfBackups(secrets, client, environment);
const deps = {
  clusters: createClusterStore({ client, tableName: environment.CLUSTERS_TABLE }),
  backups: createBackupStore({ client, tableName: environment.BACKUPS_TABLE }),
  workflows: createWorkflowStore({ client, tableName: environment.WORKFLOWS_TABLE }),
  config: createConfigStore({ client, tableName: environment.CONFIG_TABLE }),
  tidb: createTidbGateway(secrets, environment),
  files: createBackupFiles(stores, environment),
  clock: systemClock,
};

const outOfTime = backupOutOfTime(environment.HAS_WORKER !== undefined);

export const handler = nodeHandler('backup', operationInput, (input, context: Context) =>
  backupAlone(input, { ...deps, ...inFunction(context, systemClock.now(), outOfTime) }),
);
