import {
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { FilesLocked } from '../../domain/storage/backup-files.ts';
import { displayPath, type S3Location } from '../../domain/storage/storage-location.ts';
import { deleteVersions, lacksAction } from './s3-dialects.ts';
import { allFiles, folder, isEmpty, listFiles } from './s3-listing.ts';
import { lockOfVersion } from './s3-lock.ts';
import { abortUploads } from './s3-uploads.ts';

/**
 * Removes everything in a folder: unfinished uploads, objects, their old versions and delete markers; then checks
 * again, because a listing shows everything that S3 keeps. N versions cost 2·⌈N/1000⌉ + 1 calls, plus one for uploads.
 * Rights: `s3:ListBucketVersions`, `s3:DeleteObjectVersion`, `s3:ListBucketMultipartUploads`,
 * `s3:AbortMultipartUpload`; for stores without versions `s3:ListBucket` and `s3:DeleteObject`; for buckets with locks
 * `s3:GetObjectRetention`.
 * @param signal aborting prevents further batches
 * @throws FilesLocked
 */
export async function removeFolder(client: S3Client, location: S3Location, signal?: AbortSignal): Promise<void> {
  try {
    await removeAllIn(client, location, signal);
  } catch (error) {
    if (!isGoneWithBucket(error, location)) throw error;
  }
}

/** S3 does not delete buckets that hold anything. Only for AWS: at another endpoint, another store may answer. */
function isGoneWithBucket(error: unknown, { endpoint }: S3Location): boolean {
  return endpoint === undefined && error instanceof S3ServiceException && error.name === 'NoSuchBucket';
}

async function removeAllIn(client: S3Client, location: S3Location, signal: AbortSignal | undefined): Promise<void> {
  // Uploads first: one that completes meanwhile is included in the following listing.
  await abortUploads(client, location);
  if (await removePages(client, location, allVersions(client, location), signal)) {
    if ((await listVersions(client, location, { MaxKeys: 1 })).versions.length > 0) throw stillWritten(location);
    return;
  }
  // No versions: the folder is empty, or the store has no versions; some of those answer with another kind of listing.
  const files = keysOf(allFiles(client, location));
  if ((await removePages(client, location, files, signal)) && !(await isEmpty(client, location))) {
    throw stillWritten(location);
  }
}

/**
 * Removes all versions of one file, like {@link removeFolder} for a folder.
 * @throws FilesLocked
 */
export async function removeFile(client: S3Client, location: S3Location, name: string): Promise<void> {
  const Key = folder(location) + name;
  // Keys that only start with the name are other files.
  const ofFile = <File extends { Key: string | undefined }>(files: File[]) => files.filter((file) => file.Key === Key);
  for await (const page of allVersions(client, location, Key)) {
    const lockedUntil = await deleteObjects(client, location, ofFile(page));
    if (lockedUntil !== undefined) throw new FilesLocked(location, lockedUntil);
  }
  const { files } = await listFiles(client, location, { prefix: Key, maxKeys: 1 });
  if (files[0]?.key === Key) await deleteObjects(client, location, [{ Key, lastWritten: 0 }]);
}

/** A version, or an object of a store without versions. */
interface Listed {
  Key: string | undefined;
  VersionId?: string | undefined;
  /** Milliseconds since 1970; 0 for a delete marker, which is never locked. */
  lastWritten: number;
}

/**
 * @returns whether there was any page
 * @throws FilesLocked after checking the rest, because the newest file is locked longest
 */
async function removePages(
  client: S3Client,
  location: S3Location,
  pages: AsyncIterable<Listed[]>,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  let found = false;
  let lock: string | undefined;
  let newest: Listed | undefined;
  for await (const page of pages) {
    signal?.throwIfAborted();
    found = true;
    lock ??= await deleteObjects(client, location, page);
    if (lock === undefined) continue;
    // S3 returns whole seconds. Of equals, the last counts: `backupmeta` is written last and listed after the data.
    for (const listed of page) if (listed.lastWritten >= (newest?.lastWritten ?? 1)) newest = listed;
  }
  if (lock === undefined) return found;
  const lockOfNewest = newest && (await lockOf(client, location, newest));
  throw new FilesLocked(location, lockOfNewest !== undefined && lockOfNewest > lock ? lockOfNewest : lock);
}

async function* keysOf(pages: AsyncIterable<{ key: string; lastWritten: number }[]>): AsyncGenerator<Listed[]> {
  for await (const page of pages) yield page.map(({ key, lastWritten }) => ({ Key: key, lastWritten }));
}

/** Start of the next page of versions. */
type VersionMarker = Pick<ListObjectVersionsCommandOutput, 'KeyMarker' | 'VersionIdMarker'>;

/** Page by page; no page is empty. In a bucket that was never versioned each object has one version, "null". */
async function* allVersions(
  client: S3Client,
  location: S3Location,
  Prefix = folder(location),
): AsyncGenerator<Listed[]> {
  let after: VersionMarker | undefined = {};
  do {
    const page: Awaited<ReturnType<typeof listVersions>> = await listVersions(client, location, { ...after, Prefix });
    if (page.versions.length > 0) yield page.versions;
    after = page.next;
  } while (after !== undefined);
}

async function listVersions(
  client: S3Client,
  location: S3Location,
  query: VersionMarker & { MaxKeys?: number; Prefix?: string },
): Promise<{ versions: Listed[]; next: VersionMarker | undefined }> {
  try {
    const answer = await client.send(
      new ListObjectVersionsCommand({ Bucket: location.bucket, Prefix: folder(location), ...query }),
    );
    return {
      versions: [
        ...(answer.Versions ?? []).map(({ Key, VersionId, LastModified }) => ({
          Key,
          VersionId,
          lastWritten: LastModified?.getTime() ?? 0,
        })),
        ...(answer.DeleteMarkers ?? []).map(({ Key, VersionId }) => ({ Key, VersionId, lastWritten: 0 })),
      ],
      // Not by IsTruncated, which another kind of listing uses for itself. Some stores write an empty marker for none.
      next: answer.NextKeyMarker
        ? { KeyMarker: answer.NextKeyMarker, VersionIdMarker: answer.NextVersionIdMarker }
        : undefined,
    };
  } catch (error) {
    if (!lacksAction(error)) throw error;
    return { versions: [], next: undefined };
  }
}

/**
 * A store answers 200 also if it could not delete single objects.
 * @returns until when the first of them is locked; undefined: all are deleted
 */
async function deleteObjects(client: S3Client, location: S3Location, objects: Listed[]): Promise<string | undefined> {
  const refused = await deleteVersions(client, location.bucket, objects);
  const [first] = refused;
  if (first === undefined) return undefined;
  const lock = await lockOf(client, location, first);
  if (lock !== undefined) return lock;
  throw new Error(`${refused.length} files below ${displayPath(location)} could not be deleted: ${first.Code}`);
}

async function lockOf(
  client: S3Client,
  { bucket }: S3Location,
  { Key, VersionId }: Pick<Listed, 'VersionId'> & { Key?: string | undefined },
): Promise<string | undefined> {
  return await lockOfVersion(client, { Bucket: bucket, Key, VersionId });
}

function stillWritten(location: S3Location): Error {
  return new Error(`files are still written to ${displayPath(location)}`);
}
