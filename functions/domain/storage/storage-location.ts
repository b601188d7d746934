import * as z from 'zod/mini';
import type { Clock } from '../shared/clock.ts';
import { classAt, type StorageClass, storageTerms } from './storage-class.ts';

/**
 * The secrets whose strings are the keys of a store. They are two or three because each is configured by a request of its own, and
 * the function that writes secrets may read none.
 */
const storageCredentials = z.object({
  accessKeySecretArn: z.string(),
  secretAccessKeySecretArn: z.string(),
  /** Of temporary keys. */
  sessionTokenSecretArn: z.optional(z.string()),
});
export type StorageCredentials = z.infer<typeof storageCredentials>;

/**
 * Where a backup's files are. It is kept in the record whole: a later change of the configuration must not lose the way to
 * the files of an earlier backup. `prefix` has no slash at either end; it is raw text, encoded only where it enters a URL.
 */
export const storageLocation = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('s3'),
    bucket: z.string(),
    prefix: z.string(),
    /** URL of an S3-compatible store. Defaults to AWS. */
    endpoint: z.optional(z.string()),
    /** Defaults to the region that the store names. */
    region: z.optional(z.string()),
    /** What BR calls the store's maker, such as `ceph`. Defaults to AWS. */
    provider: z.optional(z.string()),
    /** Defaults to the roles of TiDB, TiKV and the functions. */
    credentials: z.optional(storageCredentials),
    /** Of the deployment's own bucket, as they were when the backup was made. */
    ...storageTerms.shape,
  }),
  z.object({ type: z.literal('nfs'), path: z.string() }),
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

/** Its prefix, or its path. */
export function pathOf(location: StorageLocation): string {
  return location.type === 's3' ? location.prefix : location.path;
}

/** Where the second copy of what is at a location is; undefined: there is none. */
export function copyOf(location: StorageLocation): S3Location | undefined {
  if (location.type !== 's3' || location.copy === undefined) return undefined;
  return { type: 's3', prefix: location.prefix, ...location.copy };
}

/** Of AWS, or of another store that speaks its protocol. */
export function isInBucket(location: StorageLocation): location is S3Location {
  return location.type === 's3';
}

/** In a bucket of AWS, not of another store that speaks its protocol. */
export function isOnS3(location: StorageLocation): boolean {
  return location.type === 's3' && location.endpoint === undefined;
}

/** The storage class that files are in by now; undefined: not in S3's. */
export function classNow(
  location: StorageLocation,
  writtenAt: string,
  { now }: Pick<Clock, 'now'>,
): StorageClass | undefined {
  return isOnS3(location) && isInBucket(location) ? classAt(location, now() - Date.parse(writtenAt)) : undefined;
}

/** `filePath` of a record as people read it: `s3://bucket/prefix` or `/mounted/path`. It is not a URL: nothing is encoded. */
export function displayPath(location: StorageLocation): string {
  return location.type === 's3' ? `s3://${location.bucket}/${location.prefix}` : location.path;
}
