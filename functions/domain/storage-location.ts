import * as z from 'zod/mini';

/**
 * Where a backup's files are. It is kept in the record whole: a later change of the configuration must not lose the way to
 * the files of an earlier backup. `prefix` has no slash at either end; it is raw text, encoded only where it enters a URL.
 */
export const storageLocation = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('s3'),
    bucket: z.string(),
    prefix: z.string(),
    /** URL of an S3-compatible store; absent: AWS. */
    endpoint: z.optional(z.string()),
    /**
     * The secrets whose strings are the two keys of such a store; absent: TiKV's and the functions' own roles. They are two
     * because each is configured by a request of its own, and the function that writes secrets may read none.
     */
    credentials: z.optional(z.object({ accessKeySecretArn: z.string(), secretAccessKeySecretArn: z.string() })),
  }),
  z.object({ type: z.literal('nfs'), path: z.string() }),
]);
export type StorageLocation = z.infer<typeof storageLocation>;

/** The location `segment` levels further down. */
export function below(location: StorageLocation, ...segments: string[]): StorageLocation {
  const join = (base: string) => [base, ...segments].filter((part) => part !== '').join('/');
  return location.type === 's3'
    ? { ...location, prefix: join(location.prefix) }
    : { ...location, path: join(location.path) };
}

/** In a bucket of AWS, not of another store that speaks its protocol. */
export function isOnS3(location: StorageLocation): boolean {
  return location.type === 's3' && location.endpoint === undefined;
}

/** `filePath` of a record as people read it: `s3://bucket/prefix` or `/mounted/path`. It is not a URL: nothing is encoded. */
export function displayPath(location: StorageLocation): string {
  return location.type === 's3' ? `s3://${location.bucket}/${location.prefix}` : location.path;
}
