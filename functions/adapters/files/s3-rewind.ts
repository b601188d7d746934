import {
  CopyObjectCommand,
  GetBucketVersioningCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { Rewind, RewoundFiles } from '../../domain/storage/backup-files.ts';
import type { S3Location } from '../../domain/storage/storage-location.ts';
import { byClockOfStore, stateAsOf, type VersionListed } from '../../domain/storage/versions.ts';
import { deleteVersions, lacksAction } from './s3-dialects.ts';
import { folder } from './s3-listing.ts';

/** As many versions as one call deletes. */
const BATCH = 1_000;

/** As many copies as are under way at once. */
const CONCURRENCY = 16;

/** Each pass undoes what was done during the one before; whoever goes on destroying has to be stopped first. */
const PASSES = 5;

/** Whether a bucket keeps versions, or has kept them. Right: `s3:GetBucketVersioning`. */
export async function keepsVersions(client: S3Client, { bucket }: S3Location): Promise<boolean> {
  try {
    return (await client.send(new GetBucketVersioningCommand({ Bucket: bucket }))).Status !== undefined;
  } catch (error) {
    if (lacksAction(error)) return false;
    throw error;
  }
}

/**
 * Takes the files of a folder back to how they were: removes the delete markers and versions that lie upon the right version of each,
 * or, where a lock keeps one of those, copies the right version on top. Looks again until nothing is left to do. V versions cost
 * ⌈V/1000⌉ calls a look and one before the first, ⌈R/1000⌉ for the R that are removed, and one for each copy.
 * Rights: `s3:ListBucketVersions`, `s3:DeleteObjectVersion`; to copy also `s3:GetObjectVersion` and `s3:PutObject`.
 */
export async function rewindFolder(client: S3Client, location: S3Location, rewind: Rewind): Promise<RewoundFiles> {
  const copies: Copies = new Map();
  const asOf = await asOfStore(client, location, rewind);
  for (let pass = 1; pass <= PASSES; pass += 1) {
    const look = new Look(client, location, { ...rewind, asOf }, copies);
    for await (const versions of filesWithVersions(client, location)) await look.at(versions);
    await look.finish();
    if (look.isClean) return { files: look.files, dataBytes: look.dataBytes, lastCopied: await lastOf(copies, look) };
  }
  throw new Error(
    'files are deleted or overwritten as fast as they are brought back: take the rights of whoever does so',
  );
}

async function asOfStore(client: S3Client, location: S3Location, { asOf, writtenLast }: Rewind): Promise<number> {
  if (writtenLast === undefined) return asOf;
  const key = folder(location) + writtenLast;
  // Of all keys that begin with it, it is listed first; its first version may be on a later page.
  for await (const versions of filesWithVersions(client, location, key)) {
    return versions[0]?.key === key ? byClockOfStore(asOf, versions) : asOf;
  }
  return asOf;
}

/** What was copied on top, by file. */
type Copies = Map<string, { versionId: string; writtenAt: number }>;

/** From the last copy on, it is the copies that count, so that nothing else may pass for one. */
async function lastOf(copies: Copies, look: Look): Promise<number | undefined> {
  if (copies.size === 0) return undefined;
  await look.hideForeign();
  return Math.max(...[...copies.values()].map(({ writtenAt }) => writtenAt));
}

/** One look at all versions. */
class Look {
  files = 0;
  dataBytes = 0n;
  isClean = true;
  /** What was not there at the time. */
  readonly #foreign: string[] = [];
  readonly #client: S3Client;
  readonly #location: S3Location;
  readonly #rewind: Rewind;
  readonly #copies: Copies;
  #upon: VersionListed[] = [];
  /** Of files with versions in `#upon`. */
  readonly #right = new Map<string, VersionListed>();

  constructor(client: S3Client, location: S3Location, rewind: Rewind, copies: Copies) {
    this.#client = client;
    this.#location = location;
    this.#rewind = rewind;
    this.#copies = copies;
  }

  async at(versions: readonly VersionListed[]): Promise<void> {
    const { asOf, newest = [], isNeverDeleted } = this.#rewind;
    const name = versions[0]?.key.slice(folder(this.#location).length) ?? '';
    const isOurs = newest.includes(name);
    const copy = versions.find(
      ({ key, versionId, isLatest }) => isLatest && this.#copies.get(key)?.versionId === versionId,
    );
    const { right, upon } = copy
      ? { right: copy, upon: [] }
      : stateAsOf(versions, isOurs ? Infinity : asOf, isNeverDeleted?.(name));
    if (right === undefined) {
      const foreign = versions.find(({ isLatest, isMarker }) => isLatest && !isMarker);
      if (foreign !== undefined) this.#foreign.push(foreign.key);
      return;
    }
    if (!isOurs) {
      this.files += 1;
      if (name.endsWith('.sst')) this.dataBytes += BigInt(right.size);
    }
    if (upon.length === 0) return;
    if (this.#upon.length + upon.length > BATCH) await this.finish();
    this.isClean = false;
    this.#upon.push(...upon);
    this.#right.set(right.key, right);
  }

  /** Brings back what was found since the last time. */
  async finish(): Promise<void> {
    if (this.#upon.length === 0) return;
    this.#rewind.signal?.throwIfAborted();
    await this.#rewind.onChange?.(this.#right.size);
    const kept = new Set<string>();
    for (let from = 0; from < this.#upon.length; from += BATCH) {
      const batch = this.#upon
        .slice(from, from + BATCH)
        .map(({ key, versionId }) => ({ Key: key, VersionId: versionId }));
      for (const { Key = '' } of await deleteVersions(this.#client, this.#location.bucket, batch)) kept.add(Key);
    }
    await this.#copy([...kept].flatMap((key) => this.#right.get(key) ?? []));
    this.#upon = [];
    this.#right.clear();
  }

  /** Puts delete markers upon them, which take nothing away. */
  async hideForeign(): Promise<void> {
    for (let from = 0; from < this.#foreign.length; from += BATCH) {
      const batch = this.#foreign.slice(from, from + BATCH).map((Key) => ({ Key }));
      await deleteVersions(this.#client, this.#location.bucket, batch);
    }
  }

  async #copy(versions: readonly VersionListed[]): Promise<void> {
    const Bucket = this.#location.bucket;
    const rest = versions.values();
    const copyRest = async () => {
      for (const { key: Key, versionId } of rest) {
        const source = [Bucket, ...Key.split('/')].map(encodeURIComponent).join('/');
        const { VersionId = '', CopyObjectResult } = await this.#client.send(
          new CopyObjectCommand({ Bucket, Key, CopySource: `${source}?versionId=${encodeURIComponent(versionId)}` }),
        );
        this.#copies.set(Key, { versionId: VersionId, writtenAt: CopyObjectResult?.LastModified?.getTime() ?? 0 });
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, copyRest));
  }
}

/** All versions and delete markers of one file after the other, which may be on several pages. */
async function* filesWithVersions(
  client: S3Client,
  location: S3Location,
  Prefix = folder(location),
): AsyncGenerator<VersionListed[]> {
  let [of, after]: [
    VersionListed[],
    Pick<ListObjectVersionsCommandOutput, 'KeyMarker' | 'VersionIdMarker'> | undefined,
  ] = [[], {}];
  while (after !== undefined) {
    const page: ListObjectVersionsCommandOutput = await client.send(
      new ListObjectVersionsCommand({ Bucket: location.bucket, Prefix, ...after }),
    );
    for (const version of listedOn(page)) {
      if (of[0] !== undefined && of[0].key !== version.key) {
        yield of;
        of = [];
      }
      of.push(version);
    }
    after = page.IsTruncated ? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker } : undefined;
  }
  if (of.length > 0) yield of;
}

/** The SDK hands over versions and delete markers apart from each other. By key. */
function listedOn({ Versions = [], DeleteMarkers = [] }: ListObjectVersionsCommandOutput): VersionListed[] {
  return [
    ...DeleteMarkers.map((marker) => ({ ...marker, Size: 0, isMarker: true })),
    ...Versions.map((version) => ({ ...version, isMarker: false })),
  ]
    .map(({ Key = '', VersionId = '', IsLatest = false, LastModified, Size = 0, isMarker }) => ({
      ...{ key: Key, versionId: VersionId, isLatest: IsLatest, isMarker, size: Size },
      writtenAt: LastModified?.getTime() ?? 0,
    }))
    .sort((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)));
}
