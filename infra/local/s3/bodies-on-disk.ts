import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { S3Persistence } from './fauxqs-stores.ts';
import type { MultipartUpload } from './list-multipart-uploads.ts';

/**
 * Keeps the bytes of objects in files, so that memory does not grow with what is backed up; everything else stays in the
 * store's memory, and nothing survives the process. Unfinished uploads are noted in `uploads`, since the store lists none. Files are named by a hash: a key may hold `..`, `//` or 1,024 bytes.
 */
export function bodiesOnDisk(folder: string, uploads: Map<string, MultipartUpload>): S3Persistence {
  mkdirSync(folder, { recursive: true });
  const fileOf = (bucket: string, key: string): string =>
    join(folder, createHash('sha256').update(`${bucket}/${key}`).digest('hex'));
  const nothing = (): void => undefined;
  return {
    upsertObject: (bucket, object) => writeFileSync(fileOf(bucket, object.key), object.body),
    completeMultipartUpload: (uploadId, bucket, object) => {
      uploads.delete(uploadId);
      writeFileSync(fileOf(bucket, object.key), object.body);
    },
    readBody: (bucket, key) => readFileSync(fileOf(bucket, key)),
    deleteObject: (bucket, key) => rmSync(fileOf(bucket, key), { force: true }),
    renameObject: (bucket, from, to) => {
      writeFileSync(fileOf(bucket, to), readFileSync(fileOf(bucket, from)));
      rmSync(fileOf(bucket, from), { force: true });
    },
    insertBucket: nothing,
    deleteBucket: nothing,
    saveBucketLifecycleConfiguration: nothing,
    deleteBucketLifecycleConfiguration: nothing,
    deleteObjectsByBucket: nothing,
    deleteAllObjects: nothing,
    insertMultipartUpload: (upload) => uploads.set(upload.uploadId, upload),
    upsertMultipartPart: nothing,
    deleteMultipartUpload: (uploadId) => uploads.delete(uploadId),
    deleteAllMultipartUploads: nothing,
    loadS3: nothing,
    purgeAll: nothing,
    close: nothing,
  };
}
