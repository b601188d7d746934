import type { Context } from 'aws-lambda';
import { createBackupStore } from '../../adapters/dynamodb/backups-store.ts';
import { createClusterStore } from '../../adapters/dynamodb/clusters-store.ts';
import { createConfigStore } from '../../adapters/dynamodb/config-store.ts';
import { createDeletionStore } from '../../adapters/dynamodb/deletions-store.ts';
import { createDocumentClient } from '../../adapters/dynamodb/dynamodb.ts';
import { createWorkflowStore } from '../../adapters/dynamodb/workflows-store.ts';
import { createBackupFiles } from '../../adapters/files/backup-files.ts';
import { createStoresOfBackups } from '../../adapters/files/stores-of-backups.ts';
import { createSecretReader } from '../../adapters/secrets/secret-reader.ts';
import { systemClock } from '../../adapters/shared/system-clock.ts';
import { createWorkflowExecutions } from '../../adapters/step-functions/workflow-executions.ts';
import { createTidbGateway } from '../../adapters/tidb/gateway.ts';
import { readEnvironment } from '../../environment.ts';
import { inFunction } from '../shared/in-function.ts';
import { nodeHandler } from '../shared/node-handler.ts';
import { SCRATCH_OUT_OF_TIME } from '../shared/node-runner.ts';
import { checkScratch, checkScratchInput } from './check-scratch.ts';

const environment = readEnvironment('checkScratch');
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
  tidb: createTidbGateway(secrets, environment),
  files: createBackupFiles(stores, environment),
  defaultStoragePath: environment.DEFAULT_STORAGE_PATH,
  nfsPath: environment.NFS_PATH,
  clock: systemClock,
};

export const handler = nodeHandler('checkScratch', checkScratchInput, (input, context: Context) =>
  checkScratch(input, { ...deps, ...inFunction(context, systemClock.now(), SCRATCH_OUT_OF_TIME) }),
);
