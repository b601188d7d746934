import type { Context } from 'aws-lambda';
import { createBackupStore } from '../../adapters/dynamodb/backups-store.ts';
import { createClusterStore } from '../../adapters/dynamodb/clusters-store.ts';
import { createDocumentClient } from '../../adapters/dynamodb/dynamodb.ts';
import { createWorkflowStore } from '../../adapters/dynamodb/workflows-store.ts';
import { createBackupFiles } from '../../adapters/files/backup-files.ts';
import { createStoresOfBackups } from '../../adapters/files/stores-of-backups.ts';
import { createSecretReader } from '../../adapters/secrets/secret-reader.ts';
import { systemClock } from '../../adapters/shared/system-clock.ts';
import { createTidbGateway } from '../../adapters/tidb/gateway.ts';
import { readEnvironment } from '../../environment.ts';
import { inFunction } from '../shared/in-function.ts';
import { nodeHandler } from '../shared/node-handler.ts';
import { verifyOutOfTime } from '../shared/node-runner.ts';
import { verifyRestore, verifyRestoreInput } from './verify-restore.ts';

const environment = readEnvironment('verifyRestore');
const client = createDocumentClient();
const secrets = createSecretReader();
const stores = createStoresOfBackups(secrets, client, environment);
const deps = {
  clusters: createClusterStore({ client, tableName: environment.CLUSTERS_TABLE }),
  backups: createBackupStore({ client, tableName: environment.BACKUPS_TABLE }),
  workflows: createWorkflowStore({ client, tableName: environment.WORKFLOWS_TABLE }),
  files: createBackupFiles(stores, environment),
  tidb: createTidbGateway(secrets, environment),
  clock: systemClock,
};

const outOfTime = verifyOutOfTime(environment.HAS_WORKER !== undefined);

export const handler = nodeHandler('verifyRestore', verifyRestoreInput, (input, context: Context) =>
  verifyRestore(input, { ...deps, ...inFunction(context, systemClock.now(), outOfTime) }),
);
