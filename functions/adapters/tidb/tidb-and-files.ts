import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { BackupFiles } from '../../domain/storage/backup-files.ts';
import type { TidbGateway } from '../../domain/tidb/tidb.ts';
import { createBackupFiles, type MountVariables } from '../files/backup-files.ts';
import { createStoresOfBackups, type StorageVariables } from '../files/stores-of-backups.ts';
import { createSecretReader } from '../secrets/secret-reader.ts';
import type { NodeNetwork } from './connect-any.ts';
import { createTidbGateway } from './gateway.ts';

/**
 * TiDB, and the files of its backups, with one cache of secrets for both.
 * @param options.withAnyKeys TiDB reads a backup with whichever of the configured keys its store still takes. Defaults to the keys of its record.
 */
export function createTidbAndFiles(
  client: DynamoDBDocumentClient,
  environment: StorageVariables & MountVariables & NodeNetwork,
  { withAnyKeys = false }: { withAnyKeys?: boolean } = {},
): { tidb: TidbGateway; files: BackupFiles } {
  const secrets = createSecretReader();
  const stores = createStoresOfBackups(secrets, client, environment);
  return {
    tidb: createTidbGateway(secrets, environment, withAnyKeys ? stores : undefined),
    files: createBackupFiles(stores, environment),
  };
}
