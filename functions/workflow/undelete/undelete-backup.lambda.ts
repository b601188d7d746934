import type { Context } from 'aws-lambda';
import { createDocumentClient } from '../../adapters/dynamodb/dynamodb.ts';
import { createStores } from '../../adapters/dynamodb/stores.ts';
import { createFilesOfBackups } from '../../adapters/files/stores-of-backups.ts';
import { systemClock } from '../../adapters/shared/system-clock.ts';
import { readEnvironment } from '../../environment.ts';
import { nodeHandler } from '../shared/node-handler.ts';
import { undeleteBackup, undeleteBackupInput } from './undelete-backup.ts';

/** Enough for a batch of 1,000 versions, with all retries of its calls. */
const LAST_BATCH_MS = 60_000;

const environment = readEnvironment('undeleteBackup');
const client = createDocumentClient();
const deps = {
  ...createStores(client, environment),
  files: createFilesOfBackups(client, environment),
  clock: systemClock,
};

export const handler = nodeHandler('undeleteBackup', undeleteBackupInput, (input, context: Context) =>
  undeleteBackup(input, {
    ...deps,
    timeIsUp: AbortSignal.timeout(context.getRemainingTimeInMillis() - LAST_BATCH_MS),
  }),
);
