import type { S3Persistence } from './fauxqs-stores.ts';

type Upload = Parameters<S3Persistence['insertMultipartUpload']>[0];

/**
 * The multipart uploads that were begun and neither completed nor aborted: fauxqs keeps them, but answers
 * `ListMultipartUploads` with a list of objects.
 */
export class OpenUploads {
  readonly #uploads = new Map<string, Upload>();

  /** The same persistence, which tells us of uploads too. */
  watch(persistence: S3Persistence): S3Persistence {
    return {
      ...persistence,
      insertMultipartUpload: (upload) => {
        this.#uploads.set(upload.uploadId, upload);
        persistence.insertMultipartUpload(upload);
      },
      deleteMultipartUpload: (uploadId) => {
        this.#uploads.delete(uploadId);
        persistence.deleteMultipartUpload(uploadId);
      },
      completeMultipartUpload: (uploadId, bucket, object) => {
        this.#uploads.delete(uploadId);
        persistence.completeMultipartUpload(uploadId, bucket, object);
      },
    };
  }

  /** Answer to `ListMultipartUploads`: all of them on one page, by key as S3 does. */
  list(bucket: string, prefix: string): string {
    const uploads = [...this.#uploads.values()]
      .filter((upload) => upload.bucket === bucket && upload.key.startsWith(prefix))
      .toSorted((a, b) => (a.key < b.key ? -1 : 1));
    return [
      '<?xml version="1.0" encoding="UTF-8"?>',
      '<ListMultipartUploadsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">',
      `<Bucket>${escapeXml(bucket)}</Bucket><Prefix>${escapeXml(prefix)}</Prefix><IsTruncated>false</IsTruncated>`,
      ...uploads.map(
        ({ key, uploadId, initiated }) =>
          `<Upload><Key>${escapeXml(key)}</Key><UploadId>${escapeXml(uploadId)}</UploadId><Initiated>${initiated.toISOString()}</Initiated></Upload>`,
      ),
      '</ListMultipartUploadsResult>',
    ].join('');
  }
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"'\p{Cc}]/gu, (character) => `&#${character.codePointAt(0)};`);
}
