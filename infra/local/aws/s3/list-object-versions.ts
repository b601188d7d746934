import type { S3Store } from './fauxqs-stores.ts';
import type { VersionedBucket } from './versions.ts';
import { type XmlChild, xmlDocument } from './xml.ts';

/** One entry of the listing: a version or a delete marker. */
interface Entry {
  readonly key: string;
  readonly versionId: string;
  readonly isLatest: boolean;
  readonly lastModified: Date;
  readonly storageClass?: string | undefined;
  readonly object: { readonly etag: string; readonly contentLength: number } | undefined;
}

/**
 * `ListObjectVersions`, which fauxqs lacks: sorted by key, newest version first, in pages of up to a thousand.
 * @param entriesOf lists a prefix
 */
export function listObjectVersions(
  bucket: string,
  entriesOf: (prefix: string) => Entry[],
  query: URLSearchParams,
): string {
  const prefix = query.get('prefix') ?? '';
  const keyMarker = query.get('key-marker') ?? '';
  const versionIdMarker = query.get('version-id-marker') ?? '';
  const maxKeys = Math.min(Number(query.get('max-keys') ?? 1000), 1000);
  const found = entriesOf(prefix).filter(({ key }) => key >= keyMarker);
  // Without a version, the marker covers all versions of its key.
  const isMarker = ({ key, versionId }: Entry) =>
    key === keyMarker && (versionIdMarker === '' || versionId === versionIdMarker);
  const rest = found.slice(found.findLastIndex(isMarker) + 1);
  const page = rest.slice(0, maxKeys);
  const last = page.at(-1);
  const isTruncated = rest.length > page.length;
  return xmlDocument('ListVersionsResult', [
    ['Name', bucket],
    ['Prefix', prefix],
    ['KeyMarker', keyMarker],
    ['VersionIdMarker', versionIdMarker],
    ['MaxKeys', maxKeys],
    ['IsTruncated', isTruncated],
    ...(isTruncated && last !== undefined ? next(last) : []),
    ...page.map(element),
  ]);
}

export function versionsIn(bucket: VersionedBucket, prefix: string): Entry[] {
  return bucket
    .keys(prefix)
    .flatMap((key) => bucket.versionsOf(key).map((version, index) => ({ key, ...version, isLatest: index === 0 })));
}

/** In a bucket that was never versioned, each object has one version, `null`. */
export function onlyVersionsIn(bucket: string, store: S3Store, prefix: string): Entry[] {
  const { objects } = store.listObjects(bucket, { prefix, maxKeys: Number.POSITIVE_INFINITY });
  return objects
    .map((object) => ({
      key: object.key,
      versionId: 'null',
      isLatest: true,
      lastModified: object.lastModified,
      object,
    }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}

function element({ key, versionId, isLatest, lastModified, object, storageClass = 'STANDARD' }: Entry): XmlChild {
  const common: XmlChild[] = [
    ['Key', key],
    ['VersionId', versionId],
    ['IsLatest', isLatest],
    // S3 has whole seconds.
    ['LastModified', new Date(Math.floor(lastModified.getTime() / 1_000) * 1_000).toISOString()],
  ];
  if (object === undefined) return ['DeleteMarker', common];
  const { etag, contentLength } = object;
  return ['Version', [...common, ['ETag', etag], ['Size', contentLength], ['StorageClass', storageClass]]];
}

function next({ key, versionId }: Entry): XmlChild[] {
  return [
    ['NextKeyMarker', key],
    ['NextVersionIdMarker', versionId],
  ];
}
