import { ListObjectVersionsCommand, type ListObjectVersionsCommandOutput } from '@aws-sdk/client-s3';
import { MANIFEST } from '../../domain/backup/manifest.ts';
import type { Comparison, SecondCopies } from '../../domain/storage/second-copy.ts';
import { copyOf, isInBucket, type S3Location } from '../../domain/storage/storage-location.ts';
import { folder } from './s3-listing.ts';
import type { S3Stores } from './s3-stores.ts';

/** The second copies that S3's replication makes. Right: `s3:ListBucketVersions` on both buckets. */
export function createSecondCopies(stores: Pick<S3Stores, 'at'>): SecondCopies {
  return {
    async compare(location) {
      const copy = copyOf(location);
      if (copy === undefined || !isInBucket(location)) return undefined;
      return await compareListings(filesIn(stores, location), filesIn(stores, copy));
    },
  };
}

interface Version {
  versionId: string | undefined;
  size: number;
  etag: string | undefined;
}

/** A key with its versions that are no delete markers, the newest first. */
interface File {
  key: string;
  versions: Version[];
}

/** Both are in the order of their keys: one page of each is held at a time. */
async function compareListings(files: AsyncIterable<File>, copies: AsyncGenerator<File>): Promise<Comparison> {
  let arrived = 0;
  let copy = await copies.next();
  for await (const { key, versions } of files) {
    const [newest] = versions;
    // The manifest is written anew whenever the record changes: time and again it is on its way.
    if (newest === undefined || key.endsWith(`/${MANIFEST}`)) continue;
    // Names of files are ASCII, and all that comes before them is the same in both.
    while (!copy.done && copy.value.key < key) copy = await copies.next();
    const there = !copy.done && copy.value.key === key ? copy.value.versions : [];
    if (!there.some((version) => isSame(newest, version))) return { files: arrived, missing: key };
    arrived += 1;
  }
  return { files: arrived };
}

/**
 * A replica has the version id of its original. Copied by other means it has another, and the same ETag, unless a key of KMS encrypts it or
 * its parts were of other sizes.
 */
function isSame(original: Version, copy: Version): boolean {
  return copy.size === original.size && (copy.versionId === original.versionId || copy.etag === original.etag);
}

async function* filesIn(stores: Pick<S3Stores, 'at'>, location: S3Location): AsyncGenerator<File> {
  let next: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } | undefined = {};
  let last: File | undefined;
  do {
    const page: ListObjectVersionsCommandOutput = await listVersions(stores, location, next);
    for (const { Key: key = '', VersionId: versionId, Size: size = 0, ETag: etag } of page.Versions ?? []) {
      if (last !== undefined && last.key !== key) {
        yield last;
        last = undefined;
      }
      last ??= { key, versions: [] };
      last.versions.push({ versionId, size, etag });
    }
    next = page.IsTruncated ? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker } : undefined;
  } while (next !== undefined);
  if (last !== undefined) yield last;
}

function listVersions(
  stores: Pick<S3Stores, 'at'>,
  location: S3Location,
  from: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined },
): Promise<ListObjectVersionsCommandOutput> {
  return stores.at(location, (client, s3) =>
    client.send(new ListObjectVersionsCommand({ Bucket: s3.bucket, Prefix: folder(s3), ...from })),
  );
}
