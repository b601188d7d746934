import { createBackupStore } from '../adapters/dynamodb/backups-store.ts';
import { createDocumentClient } from '../adapters/dynamodb/dynamodb.ts';
import { recordChangesOf } from '../adapters/dynamodb/table-changes.ts';
import { createBackupFiles } from '../adapters/files/backup-files.ts';
import { createStoresOfBackups } from '../adapters/files/stores-of-backups.ts';
import { createSecretReader } from '../adapters/secrets/secret-reader.ts';
import { systemClock } from '../adapters/shared/system-clock.ts';
import { readEnvironment } from '../environment.ts';
import { writeManifests } from '../operations/backup/write-manifests.ts';

const environment = readEnvironment('backupManifests');
const client = createDocumentClient();
const deps = {
  backups: createBackupStore({ client, tableName: environment.BACKUPS_TABLE }),
  files: createBackupFiles(createStoresOfBackups(createSecretReader(), client, environment), environment),
  clock: systemClock,
};

/** What the stream of the backup records brings. It throws if a manifest could not be written: then the batch comes again. */
export const handler = (event: unknown): Promise<void> => writeManifests(recordChangesOf(event).backups, deps);
