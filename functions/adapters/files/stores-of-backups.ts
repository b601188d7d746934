import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { BackupFiles } from '../../domain/storage/backup-files.ts';
import { credentialsFor, currentPlace } from '../../domain/storage/storage-places.ts';
import { createConfigStore } from '../dynamodb/config-store.ts';
import { createFormerPlaceStore } from '../dynamodb/former-place-store.ts';
import { createSecretReader, type SecretReader } from '../secrets/secret-reader.ts';
import { createBackupFiles, type MountVariables } from './backup-files.ts';
import { createS3Stores, type S3Stores } from './s3-stores.ts';

export interface StorageVariables {
  CONFIG_TABLE: string;
  DEFAULT_STORAGE_PATH: string;
  NFS_PATH?: string | undefined;
}

/** The stores of all backups, whatever configuration sent them there, with whichever of its keys they still accept. */
export function createStoresOfBackups(
  secrets: SecretReader,
  client: DynamoDBDocumentClient,
  { CONFIG_TABLE, DEFAULT_STORAGE_PATH, NFS_PATH }: StorageVariables,
): S3Stores {
  const table = { client, tableName: CONFIG_TABLE };
  const [config, formerPlaces] = [createConfigStore(table), createFormerPlaceStore(table)];
  const deployment = { defaultStoragePath: DEFAULT_STORAGE_PATH, nfsPath: NFS_PATH };
  return createS3Stores(secrets, async (location) => {
    // Roles open it.
    if (location.credentials === undefined) return [];
    const [stored, former] = await Promise.all([config.readLatest(), formerPlaces.read()]);
    return credentialsFor(location, currentPlace(stored, deployment), former);
  });
}

/** The files of all backups. */
export function createFilesOfBackups(
  client: DynamoDBDocumentClient,
  environment: StorageVariables & MountVariables,
): BackupFiles {
  return createBackupFiles(createStoresOfBackups(createSecretReader(), client, environment), environment);
}
