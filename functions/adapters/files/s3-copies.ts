import { MANIFEST } from '../../domain/backup/manifest.ts';
import type { Comparison, SecondCopies } from '../../domain/storage/second-copy.ts';
import { copyOf, isInBucket, type S3Location } from '../../domain/storage/storage-location.ts';
import type { VersionListed } from '../../domain/storage/versions.ts';
import type { S3Stores } from './s3-stores.ts';
import { pageOfVersions, type VersionMarker } from './s3-versions.ts';

/** Second copies made by S3's replication. Right: `s3:ListBucketVersions` on both buckets. */
export function createSecondCopies(stores: Pick<S3Stores, 'at'>): SecondCopies {
  return {
    async compare(location) {
      const copy = copyOf(location);
      if (copy === undefined || !isInBucket(location)) return undefined;
      return await compareListings(filesWritten(versionsIn(stores, location)), filesThere(versionsIn(stores, copy)));
    },
  };
}

/** Both listings are in key order, so one page of each is held at a time. */
async function compareListings(
  files: AsyncIterable<VersionListed>,
  copies: AsyncGenerator<VersionListed>,
): Promise<Comparison> {
  let arrived = 0;
  let copy = await copies.next();
  for await (const file of files) {
    // The manifest is rewritten whenever the record changes, so its latest version may be in transit.
    if (file.key.endsWith(`/${MANIFEST}`)) continue;
    // File names are ASCII, and their prefixes are the same in both.
    while (!copy.done && copy.value.key < file.key) copy = await copies.next();
    if (copy.done || copy.value.key !== file.key || !isSame(file, copy.value))
      return { files: arrived, missing: file.key };
    arrived += 1;
  }
  return { files: arrived };
}

/**
 * A replica has the version id of its original. A file copied by other means has another, and the same ETag unless a
 * KMS key encrypts it or its parts had other sizes.
 */
function isSame(original: VersionListed, copy: VersionListed): boolean {
  return copy.size === original.size && (copy.versionId === original.versionId || copy.eTag === original.eTag);
}

/** The newest version of each file, also of one that somebody has deleted since: it arrives all the same. */
async function* filesWritten(versions: AsyncIterable<VersionListed>): AsyncGenerator<VersionListed> {
  let last: string | undefined;
  for await (const version of versions) {
    if (version.isMarker || version.key === last) continue;
    last = version.key;
    yield version;
  }
}

/** What a restore finds: what a marker hides, or another version lies on, is no copy. */
async function* filesThere(versions: AsyncIterable<VersionListed>): AsyncGenerator<VersionListed> {
  for await (const version of versions) if (version.isLatest && !version.isMarker) yield version;
}

async function* versionsIn(stores: Pick<S3Stores, 'at'>, location: S3Location): AsyncGenerator<VersionListed> {
  let after: VersionMarker | undefined = {};
  while (after !== undefined) {
    const from: VersionMarker = after;
    const page: Awaited<ReturnType<typeof pageOfVersions>> = await stores.at(location, (client, s3) =>
      pageOfVersions(client, s3, from),
    );
    yield* page.versions;
    after = page.next;
  }
}
