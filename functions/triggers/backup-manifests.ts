import { createDocumentClient } from '../adapters/dynamodb/dynamodb.ts';
import { createStores } from '../adapters/dynamodb/stores.ts';
import { recordChangesOf } from '../adapters/dynamodb/table-changes.ts';
import { createFilesOfBackups } from '../adapters/files/stores-of-backups.ts';
import { systemClock } from '../adapters/shared/system-clock.ts';
import { readEnvironment } from '../environment.ts';
import { writeManifests } from '../operations/backup/write-manifests.ts';

const environment = readEnvironment('backupManifests');
const client = createDocumentClient();
const deps = {
  ...createStores(client, environment),
  files: createFilesOfBackups(client, environment),
  clock: systemClock,
};

/**
 * Handles the stream of backup records. It throws if a manifest could not be written, so that the batch is redelivered.
 */
export const handler = (event: unknown): Promise<void> => writeManifests(recordChangesOf(event).backups, deps);
