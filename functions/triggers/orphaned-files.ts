import type { Context } from 'aws-lambda';
import { createBackupStore } from '../adapters/dynamodb/backups-store.ts';
import { createConfigStore } from '../adapters/dynamodb/config-store.ts';
import { createDocumentClient } from '../adapters/dynamodb/dynamodb.ts';
import { createFormerPlaceStore } from '../adapters/dynamodb/former-place-store.ts';
import { createOrphanEvents } from '../adapters/events/orphan-events.ts';
import { createBackupFiles } from '../adapters/files/backup-files.ts';
import { createStoresOfBackups } from '../adapters/files/stores-of-backups.ts';
import { createSecretReader } from '../adapters/secrets/secret-reader.ts';
import type { OrphanedFiles } from '../domain/storage/orphaned-files.ts';
import { readStorageTerms } from '../domain/storage/storage-class.ts';
import { readEnvironment } from '../environment.ts';
import { findOrphanedFiles } from '../operations/deletion/find-orphaned-files.ts';
import { scheduledEvent } from './scheduled-event.ts';

const environment = readEnvironment('orphanedFiles');
const client = createDocumentClient();
const deps = {
  backups: createBackupStore({ client, tableName: environment.BACKUPS_TABLE }),
  config: createConfigStore({ client, tableName: environment.CONFIG_TABLE }),
  formerPlaces: createFormerPlaceStore({ client, tableName: environment.CONFIG_TABLE }),
  files: createBackupFiles(createStoresOfBackups(createSecretReader(), client, environment), environment),
  events: createOrphanEvents(),
  remove: environment.REMOVE_ORPHANED_FILES !== undefined,
  defaultStoragePath: environment.DEFAULT_STORAGE_PATH,
  nfsPath: environment.NFS_PATH,
  storageTerms: readStorageTerms(environment.STORAGE_TERMS),
};

/** One batch of 1,000 files, with every retry of its two calls, is done in less. */
const LAST_BATCH_MS = 60_000;

export async function handler(
  event: unknown,
  context: Pick<Context, 'getRemainingTimeInMillis'>,
): Promise<{ orphaned: OrphanedFiles[] }> {
  const { time } = scheduledEvent.parse(event);
  const timeIsUp = AbortSignal.timeout(context.getRemainingTimeInMillis() - LAST_BATCH_MS);
  return { orphaned: await findOrphanedFiles(Date.parse(time), { ...deps, timeIsUp }) };
}
