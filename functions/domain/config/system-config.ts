import * as z from 'zod/mini';
import { checkResult } from '../cluster/check.ts';
import { assertNever } from '../shared/assert-never.ts';
import { type Constraints, inAnyCase, published } from '../shared/described.ts';
import { ServiceError } from '../shared/errors.ts';
import { object } from '../shared/object.ts';
import { NO_CONTROL_CHARACTERS, withoutControlCharacters } from '../shared/text.ts';
import { readStorageTerms, type StorageTerms } from '../storage/storage-class.ts';
import type { StorageCredentials, StorageLocation } from '../storage/storage-location.ts';

/** Why a value is rejected, to complete "`key` …". */
const rule = (accepts: (value: string) => boolean, must: string, constraints: Constraints) =>
  published(z.string().check(z.refine(accepts, must)), { ...constraints, description: must });

const wholeNumber = (max: number, zero = 'leaves it to TiDB') =>
  rule(
    (value) => /^\d{1,7}$/.test(value) && Number(value) <= max,
    `must be a whole number from 0 to ${max}; 0 ${zero}`,
    { pattern: '^\\d{1,7}$' },
  );

/** Shown in place of a secret that is set. */
export const SECRET_MASK = '******';

const secret = (min: number, max: number) =>
  rule(
    (value) =>
      value === '' ||
      (value.length >= min && value.length <= max && withoutControlCharacters(value) && value !== SECRET_MASK),
    `must be ${min > 1 ? `${min} to` : 'at most'} ${max} characters, none of them a control character, and not the mask "${SECRET_MASK}" that it is answered as; empty removes it`,
    { maxLength: max, pattern: NO_CONTROL_CHARACTERS },
  );

/** For parts of a host name, such as an AWS region. */
const label = (example: string) =>
  rule(
    (value) => value === '' || /^(?!-)[A-Za-z0-9-]{1,63}(?<!-)$/.test(value),
    `must be 1 to 63 letters, digits and inner hyphens, such as ${example}; empty removes it`,
    { pattern: '^([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)?$' },
  );

/**
 * The keys of `GET /config` and `POST /config/update`, and the values that each accepts. Values are text, as in TiEM.
 * Keys that belong together (type and path, the access keys) are checked together only on use, because each request
 * sets one of them.
 */
const CONFIG_VALUES = {
  BackupStorageType: rule((value) => value === 's3' || value === 'nfs', 'must be "s3" or "nfs"', {
    enum: ['s3', 'nfs'],
  }),
  BackupStoragePath: rule(
    (value) => (parseS3Path(value) ?? parseNfsPath(value)) !== undefined,
    'must be "bucket/prefix", or an absolute path for nfs, of at most 512 bytes, without control characters and without empty, "." or ".." parts',
    { minLength: 1, pattern: NO_CONTROL_CHARACTERS },
  ),
  BackupS3Endpoint: rule(
    (value) => value === '' || isEndpoint(value),
    'must be an http or https URL of at most 256 characters, without blanks, user, query or fragment; empty removes it',
    { maxLength: 256, pattern: `^(${inAnyCase('http')}[sS]?://[^\\s?#@]+)?$` },
  ),
  BackupS3Region: label('"eu-central-1"'),
  /** BR's name for the vendor of the store. */
  BackupS3Provider: label('"ceph"'),
  BackupS3AccessKey: secret(1, 256),
  /** No store issues shorter ones, and a shorter one might match a word of a message. */
  BackupS3SecretAccessKey: secret(8, 256),
  BackupS3SessionToken: secret(8, 4_096),
  /** MiB/s per TiKV node. */
  BackupRateLimit: wholeNumber(1_000_000),
  /**
   * Number of concurrent requests from TiDB to TiKV nodes. The number of copying threads is TiKV's
   * `backup.num-threads`.
   */
  BackupConcurrency: wholeNumber(1_000),
  /** MiB/s per TiKV node. */
  RestoreRateLimit: wholeNumber(1_000_000),
  /** Number of files that TiDB restores concurrently. */
  RestoreConcurrency: wholeNumber(1_000),
  /** Number of automatic backups that may run at once; others wait within their windows. */
  maxConcurrentAutoBackups: wholeNumber(10_000, 'sets no limit'),
} as const;

/** Half of the 100 concurrent functions of a new AWS account; the other half stays free. */
const DEFAULT_AUTO_BACKUPS = '50';

export type ConfigKey = keyof typeof CONFIG_VALUES;

/** The accepted values of each key, for the API description. */
export const CONFIG_VALUE_SCHEMAS: Readonly<Record<ConfigKey, z.ZodMiniType>> = CONFIG_VALUES;

export const configKey = z.enum(Object.keys(CONFIG_VALUES) as [ConfigKey, ...ConfigKey[]]);

/** Kept only in Secrets Manager, each in its own secret; shown as `******`. */
const SECRET_CONFIG_KEYS = ['BackupS3AccessKey', 'BackupS3SecretAccessKey', 'BackupS3SessionToken'] as const;
export type SecretConfigKey = (typeof SECRET_CONFIG_KEYS)[number];
export type PlainConfigKey = Exclude<ConfigKey, SecretConfigKey>;

export function isSecretKey(name: ConfigKey): name is SecretConfigKey {
  return SECRET_CONFIG_KEYS.some((secret) => secret === name);
}

const secretReference = object(() => ({ secretArn: z.string() }));

/** The stored configuration. Values are validated on use, because an entry may be older than its rule. */
export const storedConfig = object(() => ({
  BackupStorageType: z.optional(z.string()),
  BackupStoragePath: z.optional(z.string()),
  BackupS3Endpoint: z.optional(z.string()),
  BackupS3Region: z.optional(z.string()),
  BackupS3Provider: z.optional(z.string()),
  BackupS3AccessKey: z.optional(secretReference),
  BackupS3SecretAccessKey: z.optional(secretReference),
  BackupS3SessionToken: z.optional(secretReference),
  BackupRateLimit: z.optional(z.string()),
  BackupConcurrency: z.optional(z.string()),
  RestoreRateLimit: z.optional(z.string()),
  RestoreConcurrency: z.optional(z.string()),
  maxConcurrentAutoBackups: z.optional(z.string()),
  /** Not a configuration key: the result of the last check. */
  check: z.optional(checkResult),
}));
export type StoredConfig = z.infer<typeof storedConfig>;

/** Where a deployment can keep backups without configuration. */
export interface DeploymentStorage {
  /** `bucket/prefix` of the deployment's own bucket. */
  defaultStoragePath: string;
  /** Mount point of the file system on TiDB's nodes, which the functions mount too. Unset if there is none. */
  nfsPath?: string | undefined;
  /** Terms of that bucket; defaults to S3's own. */
  storageTerms?: StorageTerms | undefined;
}

/** @param environment of a function; STORAGE_TERMS is JSON */
export function deploymentStorage(environment: {
  DEFAULT_STORAGE_PATH: string;
  NFS_PATH?: string | undefined;
  STORAGE_TERMS?: string | undefined;
}): DeploymentStorage {
  return {
    defaultStoragePath: environment.DEFAULT_STORAGE_PATH,
    nfsPath: environment.NFS_PATH,
    storageTerms: readStorageTerms(environment.STORAGE_TERMS),
  };
}

/**
 * The value of a non-secret key: the stored one, else the deployment's. Transfer limits default to "0": TiDB's own (no
 * rate limit, its default concurrency), because only the operator knows what else the cluster's disks must do.
 * @throws ServiceError 20600 if nothing is set and there is no default; 20601 if the stored value is invalid
 */
export function configValue(stored: StoredConfig, name: PlainConfigKey, deployment: DeploymentStorage): string {
  const value = stored[name] ?? defaultValue(stored, name, deployment);
  if (value === undefined) throw new ServiceError('TIEM_BACKUP_SYSTEM_CONFIG_NOT_FOUND', `${name} has not been set`);
  return checkConfigValue(name, value);
}

/**
 * @throws ServiceError 20601, which says what would be right but never repeats the value, because it may be a secret
 */
export function checkConfigValue(name: ConfigKey, value: string): string {
  const parsed = CONFIG_VALUES[name].safeParse(value);
  if (!parsed.success) throw invalid(`${name} ${parsed.error.issues[0]?.message}`);
  return parsed.data;
}

function defaultValue(stored: StoredConfig, name: PlainConfigKey, deployment: DeploymentStorage): string | undefined {
  switch (name) {
    case 'BackupStorageType':
      return 's3';
    case 'BackupStoragePath':
      return (stored.BackupStorageType ?? 's3') === 's3' ? deployment.defaultStoragePath : deployment.nfsPath;
    case 'BackupS3Endpoint':
    case 'BackupS3Region':
    case 'BackupS3Provider':
      return undefined;
    case 'BackupRateLimit':
    case 'BackupConcurrency':
    case 'RestoreRateLimit':
    case 'RestoreConcurrency':
      return '0';
    case 'maxConcurrentAutoBackups':
      return DEFAULT_AUTO_BACKUPS;
    default:
      return assertNever(name);
  }
}

/**
 * Where backups go; each record has its own folder below it.
 * @throws ServiceError 20600 or 20601, see {@link configValue}
 */
export function storageBase(stored: StoredConfig, deployment: DeploymentStorage): StorageLocation {
  const type = configValue(stored, 'BackupStorageType', deployment);
  const path = configValue(stored, 'BackupStoragePath', deployment);
  const location = type === 's3' ? parseS3Path(path) : parseNfsPath(path);
  if (location === undefined) {
    const right = type === 's3' ? '"bucket/prefix"' : 'an absolute path';
    throw invalid(`BackupStoragePath must be ${right} while BackupStorageType is "${type}"`);
  }
  if (location.type === 'nfs') return onMount(location, deployment);
  return {
    ...inReach(location, stored, deployment),
    ...(isInOwnBucket(location, stored, deployment) && deployment.storageTerms),
    endpoint: checked(stored, 'BackupS3Endpoint'),
    region: checked(stored, 'BackupS3Region'),
    provider: checked(stored, 'BackupS3Provider'),
    credentials: credentialsOf(stored),
  };
}

/**
 * Where an import looks: any folder that this deployment can reach, in the configured store or in a bucket that its
 * roles may access according to the tenant file.
 * @throws ServiceError 10001, and as {@link storageBase}
 */
export function importPlace(
  path: string | undefined,
  stored: StoredConfig,
  deployment: DeploymentStorage & { importBuckets?: readonly string[] | undefined },
): StorageLocation {
  if (path === undefined) return storageBase(stored, deployment);
  const location = path.startsWith('/') ? parseNfsPath(path) : parseS3Path(path);
  if (location === undefined) throw invalidPath('must be "bucket/prefix" or an absolute path');
  if (location.type === 'nfs') {
    const { nfsPath } = deployment;
    if (nfsPath !== undefined && `${location.path}/`.startsWith(`${nfsPath}/`)) return location;
    throw invalidPath(
      nfsPath === undefined
        ? 'names a file system, but this deployment mounts none'
        : `must be ${nfsPath} or a folder in it`,
    );
  }
  const own = parseS3Path(deployment.defaultStoragePath)?.bucket ?? '';
  const byRole = [own, ...(deployment.importBuckets ?? [])];
  if (location.bucket === own) return { ...location, copy: deployment.storageTerms?.copy };
  if (byRole.includes(location.bucket)) return location;
  const credentials = credentialsOf(stored);
  if (credentials === undefined) {
    throw invalidPath(
      `must begin with a bucket that this deployment can reach: ${byRole.join(', ')}; add others to importBuckets in the tenant file`,
    );
  }
  return {
    ...location,
    endpoint: checked(stored, 'BackupS3Endpoint'),
    region: checked(stored, 'BackupS3Region'),
    provider: checked(stored, 'BackupS3Provider'),
    credentials,
  };
}

function invalidPath(detail: string): ServiceError {
  return new ServiceError('TIEM_PARAMETER_INVALID', `path: ${detail}`);
}

function isInOwnBucket(
  { bucket }: { bucket: string },
  { BackupS3Endpoint }: StoredConfig,
  { defaultStoragePath }: DeploymentStorage,
): boolean {
  return BackupS3Endpoint === undefined && bucket === parseS3Path(defaultStoragePath)?.bucket;
}

/**
 * Without keys the functions use their own roles, which reach only the deployment's bucket: elsewhere, no backup could
 * be restored or deleted.
 */
function inReach<Location extends { bucket: string }>(
  location: Location,
  { BackupS3AccessKey }: StoredConfig,
  { defaultStoragePath }: DeploymentStorage,
): Location {
  const own = parseS3Path(defaultStoragePath)?.bucket;
  if (BackupS3AccessKey !== undefined || location.bucket === own) return location;
  throw invalid(
    `BackupStoragePath must begin with the deployment's own bucket "${own}/" unless BackupS3AccessKey and BackupS3SecretAccessKey are set`,
  );
}

/** Backups elsewhere could never be read or deleted: no function would see the files. */
function onMount<Location extends { path: string }>(location: Location, { nfsPath }: DeploymentStorage): Location {
  if (nfsPath === undefined) {
    throw invalid('BackupStorageType "nfs" needs a deployment that mounts a file system (`efs` in the tenant\'s file)');
  }
  if (`${location.path}/`.startsWith(`${nfsPath}/`)) return location;
  throw invalid(`BackupStoragePath must be ${nfsPath}, where this deployment mounts a file system, or a folder in it`);
}

function checked(stored: StoredConfig, name: PlainConfigKey): string | undefined {
  const value = stored[name];
  return value === undefined ? undefined : checkConfigValue(name, value);
}

function credentialsOf(stored: StoredConfig): StorageCredentials | undefined {
  const { BackupS3AccessKey: access, BackupS3SecretAccessKey: secret, BackupS3SessionToken: token } = stored;
  if (access !== undefined && secret !== undefined) {
    return {
      accessKeySecretArn: access.secretArn,
      secretAccessKeySecretArn: secret.secretArn,
      ...(token !== undefined && { sessionTokenSecretArn: token.secretArn }),
    };
  }
  if (access === undefined && secret === undefined && token === undefined) return undefined;
  throw invalid(
    'set BackupS3AccessKey and BackupS3SecretAccessKey both or neither, and BackupS3SessionToken only with them',
  );
}

/** How hard TiKV may work. Unset limits default to TiDB's own. */
export interface TransferLimits {
  /** MiB/s per TiKV node. */
  rateLimit?: number;
  concurrency?: number;
}

/** @throws ServiceError 20601 */
export function transferLimits(stored: StoredConfig, operation: 'Backup' | 'Restore'): TransferLimits {
  const limit = (name: PlainConfigKey) => Number(checkConfigValue(name, stored[name] ?? '0'));
  const rateLimit = limit(`${operation}RateLimit`);
  const concurrency = limit(`${operation}Concurrency`);
  return { ...(rateLimit > 0 && { rateLimit }), ...(concurrency > 0 && { concurrency }) };
}

/** S3's bucket name rules; the prefix is any text whose parts a path can have. */
function parseS3Path(path: string): Extract<StorageLocation, { type: 's3' }> | undefined {
  const [, bucket, , prefix = ''] = /^(?![^/]*\.\.)([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(\/(.*?)\/*)?$/s.exec(path) ?? [];
  if (bucket === undefined || !(prefix === '' || hasPlainParts(prefix))) return undefined;
  return { type: 's3', bucket, prefix };
}

function parseNfsPath(path: string): Extract<StorageLocation, { type: 'nfs' }> | undefined {
  const trimmed = path.replace(/\/+$/, '');
  return trimmed.startsWith('/') && hasPlainParts(trimmed.slice(1)) ? { type: 'nfs', path: trimmed } : undefined;
}

/** Half of S3's 1,024 bytes for a key; the rest is for cluster, record, attempt and TiKV's names. */
const MAX_PATH_BYTES = 512;

function hasPlainParts(path: string): boolean {
  return (
    Buffer.byteLength(path) <= MAX_PATH_BYTES &&
    withoutControlCharacters(path) &&
    path.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
  );
}

function isEndpoint(value: string): boolean {
  const url = URL.parse(value);
  return (
    url !== null &&
    value.length <= 256 &&
    // The URL parser silently drops or replaces these; BR's does not.
    !/[\s\p{Cc}\\]/u.test(value) &&
    (url.protocol === 'http:' || url.protocol === 'https:') &&
    [url.username, url.password, url.search, url.hash].every((part) => part === '')
  );
}

function invalid(detail: string): ServiceError {
  return new ServiceError('TIEM_BACKUP_SYSTEM_CONFIG_INVAILD', detail);
}
