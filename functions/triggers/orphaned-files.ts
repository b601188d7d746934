import type { Context } from 'aws-lambda';
import { createDocumentClient } from '../adapters/dynamodb/dynamodb.ts';
import { createStores } from '../adapters/dynamodb/stores.ts';
import { createOrphanEvents } from '../adapters/events/orphan-events.ts';
import { createFilesOfBackups } from '../adapters/files/stores-of-backups.ts';
import { deploymentStorage } from '../domain/config/system-config.ts';
import type { OrphanedFiles } from '../domain/storage/orphaned-files.ts';
import { readEnvironment } from '../environment.ts';
import { findOrphanedFiles } from '../operations/deletion/find-orphaned-files.ts';
import { scheduledEvent } from './sweep-handler.ts';

const environment = readEnvironment('orphanedFiles');
const client = createDocumentClient();
const deps = {
  ...createStores(client, environment),
  files: createFilesOfBackups(client, environment),
  events: createOrphanEvents(),
  remove: environment.REMOVE_ORPHANED_FILES !== undefined,
  ...deploymentStorage(environment),
};

/** Enough for a batch of 1,000 files, with all retries of its two calls. */
const LAST_BATCH_MS = 60_000;

export async function handler(
  event: unknown,
  context: Pick<Context, 'getRemainingTimeInMillis'>,
): Promise<{ orphaned: OrphanedFiles[] }> {
  const { time } = scheduledEvent.parse(event);
  const timeIsUp = AbortSignal.timeout(context.getRemainingTimeInMillis() - LAST_BATCH_MS);
  return { orphaned: await findOrphanedFiles(Date.parse(time), { ...deps, timeIsUp }) };
}
