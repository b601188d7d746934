import type { Context } from 'aws-lambda';
import { createDocumentClient } from '../../adapters/dynamodb/dynamodb.ts';
import { createStores } from '../../adapters/dynamodb/stores.ts';
import { createFilesOfBackups } from '../../adapters/files/stores-of-backups.ts';
import { systemClock } from '../../adapters/shared/system-clock.ts';
import { deploymentStorage } from '../../domain/config/system-config.ts';
import { checkInput } from '../../domain/workflow/workflow.ts';
import { readEnvironment } from '../../environment.ts';
import { nodeHandler } from '../shared/node-handler.ts';
import { importBackups } from './import-backups.ts';

/** Enough for a page of folders, with all retries of its calls. */
const LAST_PAGE_MS = 120_000;

const environment = readEnvironment('importBackups');
const client = createDocumentClient();
const deps = {
  ...createStores(client, environment),
  files: createFilesOfBackups(client, environment),
  ...deploymentStorage(environment),
  importBuckets: environment.IMPORT_BUCKETS?.split(','),
  clock: systemClock,
};

export const handler = nodeHandler('importBackups', checkInput, (input, context: Context) =>
  importBackups(input, {
    ...deps,
    timeIsUp: AbortSignal.timeout(context.getRemainingTimeInMillis() - LAST_PAGE_MS),
  }),
);
