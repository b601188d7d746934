import type { Context } from 'aws-lambda';
import { createBackupStore } from '../../adapters/dynamodb/backups-store.ts';
import { createClusterStore } from '../../adapters/dynamodb/clusters-store.ts';
import { createDocumentClient } from '../../adapters/dynamodb/dynamodb.ts';
import { createWorkflowStore } from '../../adapters/dynamodb/workflows-store.ts';
import { createBackupFiles } from '../../adapters/files/backup-files.ts';
import { createStoresOfBackups } from '../../adapters/files/stores-of-backups.ts';
import { createSecretReader } from '../../adapters/secrets/secret-reader.ts';
import { systemClock } from '../../adapters/shared/system-clock.ts';
import { readEnvironment } from '../../environment.ts';
import { nodeHandler } from '../shared/node-handler.ts';
import { undeleteBackup, undeleteBackupInput } from './undelete-backup.ts';

/** One batch of 1,000 versions, with every retry of its calls, is done in less. */
const LAST_BATCH_MS = 60_000;

const environment = readEnvironment('undeleteBackup');
const client = createDocumentClient();
const stores = createStoresOfBackups(createSecretReader(), client, environment);
const deps = {
  clusters: createClusterStore({ client, tableName: environment.CLUSTERS_TABLE }),
  backups: createBackupStore({ client, tableName: environment.BACKUPS_TABLE }),
  workflows: createWorkflowStore({ client, tableName: environment.WORKFLOWS_TABLE }),
  files: createBackupFiles(stores, environment),
  clock: systemClock,
};

export const handler = nodeHandler('undeleteBackup', undeleteBackupInput, (input, context: Context) =>
  undeleteBackup(input, {
    ...deps,
    timeIsUp: AbortSignal.timeout(context.getRemainingTimeInMillis() - LAST_BATCH_MS),
  }),
);
