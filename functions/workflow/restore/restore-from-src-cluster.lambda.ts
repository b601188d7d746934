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
import { restoreOutOfTime } from '../shared/node-runner.ts';
import { restoreFromSrcCluster } from './restore-from-src-cluster.ts';

const environment = readEnvironment('restoreFromSrcCluster');
const client = createDocumentClient();
const secrets = createSecretReader();
const stores = createStoresOfBackups(secrets, client, environment);
const deps = {
  clusters: createClusterStore({ client, tableName: environment.CLUSTERS_TABLE }),
  backups: createBackupStore({ client, tableName: environment.BACKUPS_TABLE }),
  workflows: createWorkflowStore({ client, tableName: environment.WORKFLOWS_TABLE }),
  config: createConfigStore({ client, tableName: environment.CONFIG_TABLE }),
  tidb: createTidbGateway(secrets, environment, stores),
  files: createBackupFiles(stores, environment),
  clock: systemClock,
};

const outOfTime = restoreOutOfTime(environment.HAS_WORKER !== undefined);

export const handler = nodeHandler('restoreFromSrcCluster', operationInput, (input, context: Context) =>
  restoreFromSrcCluster(input, 'RestoreExistCluster', {
    ...deps,
    ...inFunction(context, systemClock.now(), outOfTime),
  }),
);
