import type { Context } from 'aws-lambda';
import { createBackupFiles } from '../adapters/backup-files.ts';
import { createBackupStore } from '../adapters/backups-store.ts';
import { createClusterStore } from '../adapters/clusters-store.ts';
import { createDocumentClient } from '../adapters/dynamodb.ts';
import { createSecretReader } from '../adapters/secret-reader.ts';
import { createStoresOfBackups } from '../adapters/stores-of-backups.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { createTidbGateway } from '../adapters/tidb/gateway.ts';
import { createWorkflowStore } from '../adapters/workflows-store.ts';
import { readEnvironment } from '../environment.ts';
import { inFunction } from './in-function.ts';
import { nodeHandler } from './node-handler.ts';
import { verifyOutOfTime } from './nodes/node-runner.ts';
import { verifyRestore, verifyRestoreInput } from './nodes/verify-restore.ts';

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
