import type { Environment } from '../../../functions/environment.ts';
import type { ReadableSecrets } from '../../iam/secrets.ts';
import type { BackupStorage } from '../data/backup-storage.ts';
import type { Tables } from '../data/tables.ts';
import type { DeadLetters } from '../monitoring/dead-letters.ts';
import type { FunctionSettings } from './service-function.ts';

/**
 * What the functions of a deployment share: each construct takes from it, and grants on it, what its functions need.
 */
export interface Deployment {
  readonly settings: FunctionSettings;
  readonly tables: Tables;
  readonly storage: BackupStorage;
  readonly deadLetters: DeadLetters;
  /** Secrets with a database account or a store's keys. */
  readonly secrets: ReadableSecrets;
  /** Those that the service itself creates, as ARN patterns. */
  readonly ownSecretArns: readonly string[];
  /** Where tables and files are; each function gets the variables that it declares. */
  readonly environment: Environment<'query'> &
    Pick<Environment<'command'>, 'IMPORT_BUCKETS' | 'PROVISIONER_ARN' | 'HAS_WORKER' | 'STORAGE_TERMS'> &
    Pick<Environment<'backupAges'>, 'CLUSTER_METRICS'> &
    Pick<Environment<'backup'>, 'NFS_MOUNT' | 'NODE_SECURITY_GROUP_IDS'>;
}
