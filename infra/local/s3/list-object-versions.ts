import type { S3Store } from './fauxqs-stores.ts';
import { type XmlChild, xmlDocument } from './xml.ts';

/**
 * `ListObjectVersions`, which fauxqs has not. No bucket here is versioned, and in such a bucket each object has exactly one
 * version, `null`.
 */
export function listObjectVersions(bucket: string, store: S3Store, query: URLSearchParams): string {
  const prefix = query.get('prefix') ?? '';
  const keyMarker = query.get('key-marker') ?? '';
  const maxKeys = Math.min(Number(query.get('max-keys') ?? 1000), 1000);
  const { objects, isTruncated } = store.listObjects(bucket, { prefix, maxKeys, startAfter: keyMarker });
  const last = objects.at(-1);
  return xmlDocument('ListVersionsResult', [
    ['Name', bucket],
    ['Prefix', prefix],
    ['KeyMarker', keyMarker],
    ['MaxKeys', maxKeys],
    ['IsTruncated', isTruncated],
    ...(isTruncated && last !== undefined ? next(last.key) : []),
    ...objects.map(
      ({ key, etag, contentLength, lastModified }): XmlChild => [
        'Version',
        [
          ['Key', key],
          ['VersionId', 'null'],
          ['IsLatest', true],
          ['LastModified', lastModified.toISOString()],
          ['ETag', etag],
          ['Size', contentLength],
          ['StorageClass', 'STANDARD'],
        ],
      ],
    ),
  ]);
}

function next(key: string): XmlChild[] {
  return [
    ['NextKeyMarker', key],
    ['NextVersionIdMarker', 'null'],
  ];
}
