import type { Context } from 'aws-lambda';
import { createBackupStore } from '../../adapters/dynamodb/backups-store.ts';
import { createConfigStore } from '../../adapters/dynamodb/config-store.ts';
import { createDocumentClient } from '../../adapters/dynamodb/dynamodb.ts';
import { createFormerPlaceStore } from '../../adapters/dynamodb/former-place-store.ts';
import { createImportLists } from '../../adapters/dynamodb/import-lists-store.ts';
import { createRetentionView } from '../../adapters/dynamodb/retention-view.ts';
import { createWorkflowStore } from '../../adapters/dynamodb/workflows-store.ts';
import { createBackupFiles } from '../../adapters/files/backup-files.ts';
import { createStoresOfBackups } from '../../adapters/files/stores-of-backups.ts';
import { createSecretReader } from '../../adapters/secrets/secret-reader.ts';
import { systemClock } from '../../adapters/shared/system-clock.ts';
import { readStorageTerms } from '../../domain/storage/storage-class.ts';
import { checkInput } from '../../domain/workflow/workflow.ts';
import { readEnvironment } from '../../environment.ts';
import { nodeHandler } from '../shared/node-handler.ts';
import { importBackups } from './import-backups.ts';

/** A page of folders, with every retry of its calls, is done in less. */
const LAST_PAGE_MS = 120_000;

const environment = readEnvironment('importBackups');
const client = createDocumentClient();
const backups = { client, tableName: environment.BACKUPS_TABLE };
const config = { client, tableName: environment.CONFIG_TABLE };
const deps = {
  backups: createBackupStore(backups),
  workflows: createWorkflowStore({ client, tableName: environment.WORKFLOWS_TABLE }),
  retention: createRetentionView({ backups, clusters: { client, tableName: environment.CLUSTERS_TABLE } }),
  lists: createImportLists({ client, tableName: environment.IMPORTS_TABLE }),
  config: createConfigStore(config),
  formerPlaces: createFormerPlaceStore(config),
  files: createBackupFiles(createStoresOfBackups(createSecretReader(), client, environment), environment),
  defaultStoragePath: environment.DEFAULT_STORAGE_PATH,
  nfsPath: environment.NFS_PATH,
  storageTerms: readStorageTerms(environment.STORAGE_TERMS),
  importBuckets: environment.IMPORT_BUCKETS?.split(','),
  clock: systemClock,
};

export const handler = nodeHandler('importBackups', checkInput, (input, context: Context) =>
  importBackups(input, {
    ...deps,
    timeIsUp: AbortSignal.timeout(context.getRemainingTimeInMillis() - LAST_PAGE_MS),
  }),
);
