import { setTimeout as delay } from 'node:timers/promises';
import { CopyObjectCommand, GetBucketVersioningCommand, type S3Client, StorageClass } from '@aws-sdk/client-s3';
import type { Rewind, RewoundFiles } from '../../domain/storage/backup-files.ts';
import type { S3Location } from '../../domain/storage/storage-location.ts';
import {
  byClockOfStore,
  type PinnedVersion,
  type RightVersion,
  type VersionListed,
  VersionsOfFile,
  versionsAbove,
} from '../../domain/storage/versions.ts';
import { deleteVersions, lacksAction, type RefusedDeletion } from './s3-dialects.ts';
import { folder } from './s3-listing.ts';
import { lockOfVersion } from './s3-lock.ts';
import { abortUploads } from './s3-uploads.ts';
import { pagesOfVersions } from './s3-versions.ts';

/** As many versions as one call deletes. */
const BATCH = 1_000;

/** Number of concurrent copies. */
const CONCURRENCY = 16;

/** Each pass undoes changes made during the previous one; whoever keeps destroying files must be stopped first. */
const PASSES = 5;

/** Stores date versions by whole seconds: what is written after such a pause bears a later date. */
const NEXT_SECOND_MS = 1_000;

/** Refusals that a lock may be behind; of others no copy would help. MinIO: `InvalidRequest`. */
const KEPT: readonly (string | undefined)[] = ['AccessDenied', 'InvalidRequest'];

/** Whether a bucket keeps versions, or ever did. Right: `s3:GetBucketVersioning`. */
export async function keepsVersions(client: S3Client, { bucket }: S3Location): Promise<boolean> {
  try {
    return (await client.send(new GetBucketVersioningCommand({ Bucket: bucket }))).Status !== undefined;
  } catch (error) {
    if (lacksAction(error)) return false;
    throw error;
  }
}

/**
 * Takes the files of a folder back to how they were: aborts the uploads that would become files later, removes the delete markers and
 * versions that lie on the right version of each file or, where a lock keeps one of those, copies the right version on top. Looks
 * again until nothing is left to do. V versions cost ⌈V/1000⌉ calls a look and two before the first, ⌈R/1000⌉ for the R that are
 * removed, and one for each copy.
 * Rights: `s3:ListBucketVersions`, `s3:DeleteObjectVersion`, and those of {@link abortUploads}; to copy also `s3:GetObjectVersion`,
 * `s3:PutObject`, `s3:DeleteObject` and `s3:GetObjectRetention`.
 */
export async function rewindFolder(client: S3Client, location: S3Location, rewind: Rewind): Promise<RewoundFiles> {
  await abortUploads(client, location, rewind.signal);
  const copies: Copies = { ids: new Set(), last: undefined, pinned: undefined };
  const asOf = await asOfStore(client, location, rewind);
  for (let pass = 1; pass <= PASSES; pass += 1) {
    if (copies.ids.size > 0) {
      // From now on the copies count: no upload that was begun before may become a file, and no other file be of their second.
      await abortUploads(client, location, rewind.signal);
      await delay(NEXT_SECOND_MS);
    }
    const look = new Look(client, location, { ...rewind, asOf }, copies);
    await look.atAll();
    if (look.isClean) return { ...look.result, ...(await copiedOf(client, location, look, copies)) };
  }
  throw new Error(
    'files are deleted or overwritten as fast as they are brought back: take the rights of whoever does so',
  );
}

async function copiedOf(
  client: S3Client,
  { bucket: Bucket }: S3Location,
  { lastWritten: asOf }: Look,
  { last, pinned }: Copies,
): Promise<Pick<RewoundFiles, 'copied'>> {
  if (last === undefined) return {};
  const lockedUntil = await lockOfVersion(client, { Bucket, ...last });
  return { copied: { asOf, ...(pinned && { pinned }), ...(lockedUntil && { lockedUntil }) } };
}

async function asOfStore(client: S3Client, location: S3Location, rewind: Rewind): Promise<number> {
  const { asOf, writtenLast, pinned, signal } = rewind;
  if (writtenLast === undefined) return asOf;
  const key = folder(location) + writtenLast;
  let first = Number.POSITIVE_INFINITY;
  const file = new VersionsOfFile({ asOf: Number.MAX_SAFE_INTEGER, pinned: pinned?.[writtenLast] });
  for await (const page of pagesOfVersions(client, location, { Prefix: key, signal })) {
    // It is listed first of all keys with this prefix; its first version may be on a later page.
    const own = page.filter((version) => version.key === key);
    for (const version of own) {
      file.add(version);
      if (!version.isMarker) first = Math.min(first, version.writtenAt);
    }
    if (own.length < page.length) break;
  }
  return byClockOfStore(asOf, pinned?.[writtenLast] && file.right ? file.right.writtenAt : first);
}

/** What was copied on top. */
interface Copies {
  /** Ids of the versions that are copies. */
  readonly ids: Set<string>;
  /** The last one, which is locked longest. */
  last: { Key: string; VersionId: string } | undefined;
  /** Of a pinned file: the version that counts from now on. */
  pinned: PinnedVersion | undefined;
}

/** One pass over all versions. */
class Look {
  isClean = true;
  /** When the last of what counts was written. */
  lastWritten = 0;
  #files = 0;
  #dataBytes = 0n;
  /** Pinned files of which the pinned version is not there. */
  readonly #lost: Set<string>;
  readonly #client: S3Client;
  readonly #location: S3Location;
  readonly #rewind: Rewind;
  readonly #copies: Copies;
  #upon: VersionListed[] = [];
  /** Of files with versions in `#on`. */
  readonly #right = new Map<string, VersionListed>();
  /** What was not there at the time, and is now. */
  #foreign: string[] = [];

  constructor(client: S3Client, location: S3Location, rewind: Rewind, copies: Copies) {
    this.#client = client;
    this.#location = location;
    this.#rewind = rewind;
    this.#copies = copies;
    this.#lost = new Set(Object.keys(rewind.pinned ?? {}));
  }

  get result(): Omit<RewoundFiles, 'copied'> {
    const lost = [...this.#lost];
    return { files: this.#files, dataBytes: this.#dataBytes, ...(lost.length > 0 && { lost }) };
  }

  async atAll(): Promise<void> {
    const { signal } = this.#rewind;
    let file: VersionsOfFile | undefined;
    let key: string | undefined;
    for await (const page of pagesOfVersions(this.#client, this.#location, { signal })) {
      for (const version of page) {
        if (version.key !== key) {
          if (file !== undefined && key !== undefined) await this.#at(key, file);
          key = version.key;
          file = new VersionsOfFile(this.#wanted(key));
        }
        file?.add(version);
      }
    }
    if (file !== undefined && key !== undefined) await this.#at(key, file);
    await this.#finish();
    await this.#hideForeign();
  }

  #nameOf(key: string): string {
    return key.slice(folder(this.#location).length);
  }

  #wanted(key: string): RightVersion {
    const { asOf, isNeverDeleted, isWrittenOnce, pinned } = this.#rewind;
    const name = this.#nameOf(key);
    if (this.#isOurs(name)) return { asOf: Number.POSITIVE_INFINITY };
    return {
      asOf,
      ...(isNeverDeleted?.(name) && { isNeverDeleted: true }),
      ...(isWrittenOnce?.(name) && { isWrittenOnce: true }),
      ...(pinned?.[name] && { pinned: pinned[name] }),
    };
  }

  /** The service writes it again whenever it has to. */
  #isOurs(name: string): boolean {
    return this.#rewind.newest?.includes(name) ?? false;
  }

  async #at(key: string, file: VersionsOfFile): Promise<void> {
    const { latest } = file;
    const name = this.#nameOf(key);
    const isCopy = latest !== undefined && this.#copies.ids.has(latest.versionId);
    const right = isCopy ? latest : file.right;
    if (!this.#isOurs(name)) {
      if (latest !== undefined) this.lastWritten = Math.max(this.lastWritten, latest.writtenAt);
      if (right !== undefined) {
        this.#lost.delete(name);
        this.#files += 1;
        if (name.endsWith('.sst')) this.#dataBytes += BigInt(right.size);
      }
    }
    if (isCopy) return;
    if (right === undefined) {
      if (latest !== undefined && !latest.isMarker) await this.#found(key);
    } else if (file.upon === undefined) {
      await this.#removeVersionsAbove(right, file.wanted);
    } else if (file.upon.length > 0) {
      if (this.#upon.length + file.upon.length > BATCH) await this.#finish();
      this.#upon.push(...file.upon);
      this.#right.set(right.key, right);
    }
  }

  /** Of a file with more versions than are held: page by page. */
  async #removeVersionsAbove(right: VersionListed, wanted: RightVersion): Promise<void> {
    await this.#finish();
    let isListedBefore = true;
    const { signal } = this.#rewind;
    for await (const page of pagesOfVersions(this.#client, this.#location, { Prefix: right.key, signal })) {
      const own = page.filter(({ key }) => key === right.key);
      this.#upon.push(...versionsAbove(own, right, wanted, isListedBefore));
      isListedBefore &&= !own.some(({ versionId }) => versionId === right.versionId);
      this.#right.set(right.key, right);
      await this.#finish();
      if (own.length < page.length) return;
    }
  }

  /** Recovers what was found since the last call. */
  async #finish(): Promise<void> {
    if (this.#upon.length === 0) return this.#right.clear();
    this.#rewind.signal?.throwIfAborted();
    this.isClean = false;
    const since = Math.min(...this.#upon.map(({ writtenAt }) => writtenAt));
    await this.#rewind.onChange?.(this.#right.size, since);
    const kept = new Set<string>();
    for (let from = 0; from < this.#upon.length; from += BATCH) {
      const batch = this.#upon
        .slice(from, from + BATCH)
        .map(({ key, versionId }) => ({ Key: key, VersionId: versionId }));
      const refused = await deleteVersions(this.#client, this.#location.bucket, batch);
      for (const each of refused) kept.add(this.#keptOf(each));
    }
    await this.#copy([...kept].flatMap((key) => this.#right.get(key) ?? []));
    this.#upon = [];
    this.#right.clear();
  }

  #keptOf(refused: RefusedDeletion): string {
    if (!KEPT.includes(refused.Code)) throw refusal(refused);
    return refused.Key ?? '';
  }

  /** Copies are told by their date from now on: what is no file of the backup must not be taken for one then. */
  async #found(foreign: string): Promise<void> {
    if (this.#copies.ids.size === 0) return;
    this.#foreign.push(foreign);
    if (this.#foreign.length === BATCH) await this.#hideForeign();
  }

  /** Hides them with delete markers, which remove nothing. */
  async #hideForeign(): Promise<void> {
    if (this.#foreign.length === 0) return;
    this.#rewind.signal?.throwIfAborted();
    this.isClean = false;
    const [refused] = await deleteVersions(
      this.#client,
      this.#location.bucket,
      this.#foreign.map((Key) => ({ Key })),
    );
    if (refused !== undefined) throw refusal(refused);
    this.#foreign = [];
  }

  async #copy(versions: readonly VersionListed[]): Promise<void> {
    const rest = versions.values();
    const copyRest = async () => {
      for (const version of rest) await this.#copyOne(version);
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, copyRest));
  }

  async #copyOne({ key, versionId, storageClass }: VersionListed): Promise<void> {
    const Bucket = this.#location.bucket;
    const source = [Bucket, ...key.split('/')].map(encodeURIComponent).join('/');
    const { VersionId = '', CopyObjectResult } = await this.#client.send(
      new CopyObjectCommand({
        ...{ Bucket, Key: key, CopySource: `${source}?versionId=${encodeURIComponent(versionId)}` },
        // Without it a copy is put into STANDARD.
        StorageClass: Object.values(StorageClass).find((each) => each === storageClass),
      }),
    );
    const name = this.#nameOf(key);
    this.#copies.ids.add(VersionId);
    this.#copies.last = { Key: key, VersionId };
    const eTag = CopyObjectResult?.ETag;
    if (this.#rewind.pinned?.[name] && eTag !== undefined) this.#copies.pinned = { eTag, versionId: VersionId };
  }
}

function refusal({ Key = '', Code }: RefusedDeletion): Error {
  return new Error(`the store refuses to bring back ${Key}: ${Code}`);
}
