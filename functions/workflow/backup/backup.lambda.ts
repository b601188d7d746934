import type { Context } from 'aws-lambda';
import { createBackupStore } from '../../adapters/dynamodb/backups-store.ts';
import { createClusterStore } from '../../adapters/dynamodb/clusters-store.ts';
import { createConfigStore } from '../../adapters/dynamodb/config-store.ts';
import { createDocumentClient } from '../../adapters/dynamodb/dynamodb.ts';
import { createWorkflowStore } from '../../adapters/dynamodb/workflows-store.ts';
import { createBackupFiles } from '../../adapters/files/backup-files.ts';
import { createStoresOfBackups } from '../../adapters/files/stores-of-backups.ts';
import { createSecretReader } from '../../adapters/secrets/secret-reader.ts';
import { systemClock } from '../../adapters/shared/system-clock.ts';
import { createTidbGateway } from '../../adapters/tidb/gateway.ts';
import { operationInput } from '../../domain/workflow/workflow.ts';
import { readEnvironment } from '../../environment.ts';
import { inFunction } from '../shared/in-function.ts';
import { nodeHandler } from '../shared/node-handler.ts';
import { backupOutOfTime } from '../shared/node-runner.ts';
import { backupAlone } from './backup-alone.ts';

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
