import type { S3Persistence } from './fauxqs-stores.ts';
import { type XmlChild, xmlDocument } from './xml.ts';

export type MultipartUpload = Parameters<S3Persistence['insertMultipartUpload']>[0];

/** `ListMultipartUploads`, which fauxqs lacks: sorted by key, then by upload id, in pages of up to a thousand. */
export function listMultipartUploads(
  bucket: string,
  uploads: Iterable<MultipartUpload>,
  query: URLSearchParams,
): string {
  const prefix = query.get('prefix') ?? '';
  const keyMarker = query.get('key-marker') ?? '';
  const uploadIdMarker = query.get('upload-id-marker') ?? '';
  const maxUploads = Math.min(Number(query.get('max-uploads') ?? 1000), 1000);
  const isAfterMarker = ({ key, uploadId }: MultipartUpload): boolean =>
    key > keyMarker || (key === keyMarker && uploadIdMarker !== '' && uploadId > uploadIdMarker);
  const found = [...uploads]
    .filter((upload) => upload.bucket === bucket && upload.key.startsWith(prefix) && isAfterMarker(upload))
    .sort((a, b) => compare(a.key, b.key) || compare(a.uploadId, b.uploadId));
  const page = found.slice(0, maxUploads);
  const last = page.at(-1);
  const isTruncated = found.length > page.length;
  return xmlDocument('ListMultipartUploadsResult', [
    ['Bucket', bucket],
    ['KeyMarker', keyMarker],
    ['UploadIdMarker', uploadIdMarker],
    ['Prefix', prefix],
    ['MaxUploads', maxUploads],
    ['IsTruncated', isTruncated],
    ...(isTruncated && last !== undefined ? next(last) : []),
    ...page.map(
      ({ key, uploadId, initiated }): XmlChild => [
        'Upload',
        [
          ['Key', key],
          ['UploadId', uploadId],
          ['StorageClass', 'STANDARD'],
          ['Initiated', initiated.toISOString()],
        ],
      ],
    ),
  ]);
}

function next({ key, uploadId }: MultipartUpload): XmlChild[] {
  return [
    ['NextKeyMarker', key],
    ['NextUploadIdMarker', uploadId],
  ];
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
