import type { S3Object, S3Persistence } from './fauxqs-stores.ts';
import type { S3State } from './s3-state.ts';

/**
 * Keeps object bytes in files, so that memory does not grow with the backups; everything else stays in the store's memory, and nothing
 * outlives the process. `uploads` records unfinished uploads and `versioned` the versions, since the store keeps neither.
 */
export function bodiesOnDisk({ files, uploads, versioned }: Omit<S3State, 'store'>): S3Persistence {
  const keep = (bucket: string, object: S3Object): void => {
    files.write(bucket, object, versioned.get(bucket)?.add(object).versionId);
  };
  const nothing = (): void => undefined;
  return {
    upsertObject: keep,
    completeMultipartUpload: (uploadId, bucket, object) => {
      // S3 dates such an object by the start of its upload (S3 user guide, "Object metadata", Last-Modified).
      object.lastModified = uploads.get(uploadId)?.initiated ?? object.lastModified;
      uploads.delete(uploadId);
      keep(bucket, object);
    },
    readBody: (bucket, key) => files.read(bucket, key, versioned.get(bucket)?.latest(key)?.versionId),
    // The store no longer shows this version, but it does not decide whether the version is deleted.
    deleteObject: (bucket, key) => (versioned.has(bucket) ? undefined : files.remove(bucket, key)),
    renameObject: (bucket, from, to) => {
      files.write(bucket, { key: to, body: files.read(bucket, from) });
      files.remove(bucket, from);
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
