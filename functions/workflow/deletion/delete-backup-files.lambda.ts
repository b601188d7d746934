import type { Context } from 'aws-lambda';
import { createBackupStore } from '../../adapters/dynamodb/backups-store.ts';
import { createClusterStore } from '../../adapters/dynamodb/clusters-store.ts';
import { createDeletionStore } from '../../adapters/dynamodb/deletions-store.ts';
import { createDocumentClient } from '../../adapters/dynamodb/dynamodb.ts';
import { createWorkflowStore } from '../../adapters/dynamodb/workflows-store.ts';
import { createBackupFiles } from '../../adapters/files/backup-files.ts';
import { createStoresOfBackups } from '../../adapters/files/stores-of-backups.ts';
import { createSecretReader } from '../../adapters/secrets/secret-reader.ts';
import { systemClock } from '../../adapters/shared/system-clock.ts';
import { createTidbGateway } from '../../adapters/tidb/gateway.ts';
import { readEnvironment } from '../../environment.ts';
import { nodeHandler } from '../shared/node-handler.ts';
import { deleteBackupFiles, deleteBackupFilesInput } from './delete-backup-files.ts';

/** One batch of 1,000 files, with every retry of its two calls, is done in less. */
const LAST_BATCH_MS = 60_000;

const environment = readEnvironment('deleteBackupFiles');
const client = createDocumentClient();
const secrets = createSecretReader();
const stores = createStoresOfBackups(secrets, client, environment);
const deps = {
  clusters: createClusterStore({ client, tableName: environment.CLUSTERS_TABLE }),
  backups: createBackupStore({ client, tableName: environment.BACKUPS_TABLE }),
  deletions: createDeletionStore({ client, tableName: environment.BACKUPS_TABLE }),
  workflows: createWorkflowStore({ client, tableName: environment.WORKFLOWS_TABLE }),
  tidb: createTidbGateway(secrets, environment),
  files: createBackupFiles(stores, environment),
  clock: systemClock,
};

export const handler = nodeHandler('deleteBackupFiles', deleteBackupFilesInput, (input, context: Context) =>
  deleteBackupFiles(input, {
    ...deps,
    timeIsUp: AbortSignal.timeout(context.getRemainingTimeInMillis() - LAST_BATCH_MS),
  }),
);
