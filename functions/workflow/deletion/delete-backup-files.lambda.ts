import type { Context } from 'aws-lambda';
import { createDocumentClient } from '../../adapters/dynamodb/dynamodb.ts';
import { createStores } from '../../adapters/dynamodb/stores.ts';
import { systemClock } from '../../adapters/shared/system-clock.ts';
import { createTidbAndFiles } from '../../adapters/tidb/tidb-and-files.ts';
import { readEnvironment } from '../../environment.ts';
import { nodeHandler } from '../shared/node-handler.ts';
import { deleteBackupFiles, deleteBackupFilesInput } from './delete-backup-files.ts';

/** Enough for a batch of 1,000 files, with all retries of its two calls. */
const LAST_BATCH_MS = 60_000;

const environment = readEnvironment('deleteBackupFiles');
const client = createDocumentClient();
const deps = {
  ...createStores(client, environment),
  ...createTidbAndFiles(client, environment),
  clock: systemClock,
};

export const handler = nodeHandler('deleteBackupFiles', deleteBackupFilesInput, (input, context: Context) =>
  deleteBackupFiles(input, {
    ...deps,
    timeIsUp: AbortSignal.timeout(context.getRemainingTimeInMillis() - LAST_BATCH_MS),
  }),
);
