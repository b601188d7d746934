import type { S3Client } from '@aws-sdk/client-s3';
import type { CopiedPart, Rewind, RewoundFiles } from '../../domain/storage/backup-files.ts';
import type { S3Location } from '../../domain/storage/storage-location.ts';
import { type RightVersion, type VersionListed, VersionsOfFile, versionsAbove } from '../../domain/storage/versions.ts';
import { type Copies, compareNames } from './s3-copied-versions.ts';
import { deleteVersions, type RefusedDeletion } from './s3-dialects.ts';
import { folder } from './s3-listing.ts';
import { pagesOfVersions } from './s3-versions.ts';

/** As many versions as one call deletes. */
const BATCH = 1_000;

/** Number of concurrent copies. */
const CONCURRENCY = 16;

/** Refusals that a lock may be behind; of others no copy would help. MinIO: `InvalidRequest`. */
const KEPT: readonly (string | undefined)[] = ['AccessDenied', 'InvalidRequest'];

/** Files between two names, in the order of the store. */
export interface Part {
  /** Name of the last file before them; unset if they begin with the first. */
  after?: string | undefined;
  /** Name of the last of them; unset if they end with the last. */
  upTo?: string;
  /** Stop once as many were copied. */
  atMost?: number;
}

/** One pass over the versions of a folder, or of a part of it. */
export class Look {
  /** Whether nothing had to be changed. */
  isClean = true;
  /** Name of the last file that it has looked at, if there may be more. */
  stoppedAt: string | undefined;
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
  readonly #part: Part;
  #copied = 0;
  /** The parts copied before that are not behind it yet. */
  readonly #partsAhead: CopiedPart[];
  #upon: VersionListed[] = [];
  /** Of files with versions in `#on`. */
  readonly #right = new Map<string, VersionListed>();
  /** What was not there at the time, and is now. */
  #foreign: string[] = [];

  constructor(
    client: S3Client,
    location: S3Location,
    rewind: Rewind,
    { copies, part }: { copies: Copies; part: Part },
  ) {
    this.#client = client;
    this.#location = location;
    this.#rewind = rewind;
    this.#copies = copies;
    this.#part = part;
    this.#partsAhead = [...copies.parts];
    this.#lost = new Set(Object.keys(rewind.pinned ?? {}));
  }

  get result(): Omit<RewoundFiles, 'copied'> {
    const lost = [...this.#lost];
    return { files: this.#files, dataBytes: this.#dataBytes, ...(lost.length > 0 && { lost }) };
  }

  async atAll(): Promise<void> {
    let file: VersionsOfFile | undefined;
    let key: string | undefined;
    for await (const version of this.#versions()) {
      if (version.key !== key) {
        if (file !== undefined && key !== undefined) await this.#at(key, file);
        if (key !== undefined && this.#isEnough()) {
          this.stoppedAt = this.#nameOf(key);
          file = undefined;
          break;
        }
        key = version.key;
        file = new VersionsOfFile(this.#wanted(key));
      }
      file?.add(version);
    }
    if (file !== undefined && key !== undefined) await this.#at(key, file);
    await this.#finish();
    await this.#hideForeign();
  }

  async *#versions(): AsyncGenerator<VersionListed> {
    const { after, upTo } = this.#part;
    const options = { signal: this.#rewind.signal, ...(after !== undefined && { after }) };
    for await (const page of pagesOfVersions(this.#client, this.#location, options)) {
      for (const version of page) {
        if (upTo !== undefined && compareNames(this.#nameOf(version.key), upTo) > 0) return;
        yield version;
      }
    }
  }

  #isEnough(): boolean {
    return this.#copied >= (this.#part.atMost ?? Number.POSITIVE_INFINITY);
  }

  #nameOf(key: string): string {
    return key.slice(folder(this.#location).length);
  }

  #wanted(key: string): RightVersion {
    const { asOf, isNeverDeleted, isWrittenOnce, pinned } = this.#rewind;
    const name = this.#nameOf(key);
    if (this.#isOurs(name)) return { asOf: Number.POSITIVE_INFINITY };
    const part = this.#partOf(name);
    if (part !== undefined) {
      const version = pinned?.[name] && (this.#copies.pinned ?? pinned[name]);
      return { asOf: part.asOf, ...(version && { pinned: version }) };
    }
    return {
      asOf,
      ...(isNeverDeleted?.(name) && { isNeverDeleted: true }),
      ...(isWrittenOnce?.(name) && { isWrittenOnce: true }),
      ...(pinned?.[name] && { pinned: pinned[name] }),
    };
  }

  /** Names come in the order of the parts. */
  #partOf(name: string): CopiedPart | undefined {
    for (;;) {
      const [part] = this.#partsAhead;
      if (part === undefined || compareNames(name, part.upTo) <= 0) return part;
      this.#partsAhead.shift();
    }
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
    if (!this.#copies.exist) return;
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
      for (const version of rest) {
        this.#rewind.signal?.throwIfAborted();
        await this.#copies.copy(version, this.#rewind.pinned?.[this.#nameOf(version.key)] !== undefined);
        this.#copied += 1;
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, copyRest));
  }
}

function refusal({ Key = '', Code }: RefusedDeletion): Error {
  return new Error(`the store refuses to bring back ${Key}: ${Code}`);
}
