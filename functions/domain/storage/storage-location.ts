import * as z from 'zod/mini';
import type { Clock } from '../shared/clock.ts';
import { object } from '../shared/object.ts';
import { classAt, type StorageClass, storageTerms } from './storage-class.ts';

/**
 * The secrets that hold a store's keys. They are separate, because each is configured by its own request, and the
 * function that writes secrets may not read any.
 */
const storageCredentials = object(() => ({
  accessKeySecretArn: z.string(),
  secretAccessKeySecretArn: z.string(),
  /** For temporary keys. */
  sessionTokenSecretArn: z.optional(z.string()),
}));
export type StorageCredentials = z.infer<typeof storageCredentials>;

/**
 * Where a backup's files are. The record stores it in full, so that a later configuration change does not lose the
 * files of an earlier backup. `prefix` has no slash at either end; it is raw text, encoded only in URLs.
 */
export const storageLocation = z.discriminatedUnion('type', [
  object(() => ({
    type: z.literal('s3'),
    bucket: z.string(),
    prefix: z.string(),
    /** URL of an S3-compatible store. Defaults to AWS. */
    endpoint: z.optional(z.string()),
    /** Defaults to the region that the store reports. */
    region: z.optional(z.string()),
    /** BR's name for the vendor of the store, such as `ceph`. Defaults to AWS. */
    provider: z.optional(z.string()),
    /** Defaults to the roles of TiDB, TiKV and the functions. */
    credentials: z.optional(storageCredentials),
    /** Terms of the deployment's own bucket when the backup was taken. */
    ...storageTerms.shape,
  })),
  object(() => ({ type: z.literal('nfs'), path: z.string() })),
]);
export type StorageLocation = z.infer<typeof storageLocation>;

export type S3Location = Extract<StorageLocation, { type: 's3' }>;

/** The location `segment` levels further down. */
export function below(location: StorageLocation, ...segments: string[]): StorageLocation {
  const join = (base: string) => [base, ...segments].filter((part) => part !== '').join('/');
  return location.type === 's3'
    ? { ...location, prefix: join(location.prefix) }
    : { ...location, path: join(location.path) };
}

/** The prefix or path. */
export function pathOf(location: StorageLocation): string {
  return location.type === 's3' ? location.prefix : location.path;
}

/** Where the second copy of a location is; `undefined` if there is none. */
export function copyOf(location: StorageLocation): S3Location | undefined {
  if (location.type !== 's3' || location.copy === undefined) return undefined;
  return { type: 's3', prefix: location.prefix, ...location.copy };
}

/** In a bucket of AWS, or of another store with the same protocol. */
export function isInBucket(location: StorageLocation): location is S3Location {
  return location.type === 's3';
}

/** In a bucket of AWS itself. */
export function isOnS3(location: StorageLocation): boolean {
  return location.type === 's3' && location.endpoint === undefined;
}

/** The current storage class of files; `undefined` outside S3. */
export function classNow(
  location: StorageLocation,
  writtenAt: string,
  { now }: Pick<Clock, 'now'>,
): StorageClass | undefined {
  return isOnS3(location) && isInBucket(location) ? classAt(location, now() - Date.parse(writtenAt)) : undefined;
}

/** `filePath` of a record for people: `s3://bucket/prefix` or `/mounted/path`. It is not a URL: nothing is encoded. */
export function displayPath(location: StorageLocation): string {
  return location.type === 's3' ? `s3://${location.bucket}/${location.prefix}` : location.path;
}
