import { ListObjectVersionsCommand, type ListObjectVersionsCommandOutput, type S3Client } from '@aws-sdk/client-s3';
import type { S3Location } from '../../domain/storage/storage-location.ts';
import type { VersionListed } from '../../domain/storage/versions.ts';
import { folder } from './s3-listing.ts';

/**
 * All versions and delete markers, a thousand a page, by key; of a key the markers of a page first, and then its versions, both the
 * newest first. Right: `s3:ListBucketVersions`.
 * @param options.after name of the last file before them; defaults to the beginning
 */
export async function* pagesOfVersions(
  client: S3Client,
  location: S3Location,
  { Prefix = folder(location), after, signal }: ListingOptions = {},
): AsyncGenerator<VersionListed[]> {
  let next: VersionMarker | undefined = after === undefined ? {} : { KeyMarker: folder(location) + after };
  while (next !== undefined) {
    signal?.throwIfAborted();
    const page: PageOfVersions = await pageOfVersions(client, location, next, Prefix);
    yield page.versions;
    next = page.next;
  }
}

interface ListingOptions {
  Prefix?: string;
  after?: string;
  signal?: AbortSignal | undefined;
}

/** Where a page begins. */
export type VersionMarker = Pick<ListObjectVersionsCommandOutput, 'KeyMarker' | 'VersionIdMarker'>;

interface PageOfVersions {
  versions: VersionListed[];
  /** `undefined` if it is the last page. */
  next: VersionMarker | undefined;
}

/** One of {@link pagesOfVersions}. */
export async function pageOfVersions(
  client: S3Client,
  location: S3Location,
  after: VersionMarker,
  Prefix = folder(location),
): Promise<PageOfVersions> {
  const page = await client.send(new ListObjectVersionsCommand({ Bucket: location.bucket, Prefix, ...after }));
  const next = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
  return { versions: listedOn(page), next: page.IsTruncated ? next : undefined };
}

/** The SDK hands over versions and delete markers apart from each other. */
function listedOn({ Versions = [], DeleteMarkers = [] }: ListObjectVersionsCommandOutput): VersionListed[] {
  const markers = DeleteMarkers.map((marker) => ({ ...marker, Size: 0, ETag: undefined, StorageClass: undefined }));
  return [
    ...markers.map((marker) => ({ ...marker, isMarker: true })),
    ...Versions.map((version) => ({ ...version, isMarker: false })),
  ]
    .map((listed) => ({
      key: listed.Key ?? '',
      versionId: listed.VersionId ?? '',
      isLatest: listed.IsLatest ?? false,
      isMarker: listed.isMarker,
      size: listed.Size ?? 0,
      writtenAt: listed.LastModified?.getTime() ?? 0,
      eTag: listed.ETag,
      storageClass: listed.StorageClass,
    }))
    .sort((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)));
}
