import { CopyObjectCommand, type S3Client, StorageClass } from '@aws-sdk/client-s3';
import type { CopiedPart, CopyProgress, RewoundFiles } from '../../domain/storage/backup-files.ts';
import type { S3Location } from '../../domain/storage/storage-location.ts';
import type { PinnedVersion, VersionListed } from '../../domain/storage/versions.ts';
import { lockOfVersion } from './s3-lock.ts';

/** The order in which S3 lists names. */
export function compareNames(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}

/** The right versions that were copied on top of what nobody may remove, by this run and by earlier ones. */
export class Copies {
  /** Ids of the versions that this run has copied. */
  readonly ids = new Set<string>();
  readonly #client: S3Client;
  readonly #location: S3Location;
  #parts: CopiedPart[];
  #pinned: PinnedVersion | undefined;
  #lockedUntil: string | undefined;
  /** The last copy of this run, which is locked longest. */
  #last: { Key: string; VersionId: string } | undefined;

  constructor(client: S3Client, location: S3Location, { parts, pinned }: CopyProgress = { parts: [] }) {
    this.#client = client;
    this.#location = location;
    this.#parts = parts;
    this.#pinned = pinned;
  }

  get exist(): boolean {
    return this.ids.size > 0 || this.#parts.length > 0;
  }

  /** In the order of their names. */
  get parts(): readonly CopiedPart[] {
    return this.#parts;
  }

  /** Name of the last file of the last part. */
  get end(): string | undefined {
    return this.#parts.at(-1)?.upTo;
  }

  /** Of a pinned file: the copy, which counts in place of that version. */
  get pinned(): PinnedVersion | undefined {
    return this.#pinned;
  }

  /** @param isPinned whether no other version of the file counts */
  async copy({ key, versionId, storageClass }: VersionListed, isPinned: boolean): Promise<void> {
    const Bucket = this.#location.bucket;
    const source = [Bucket, ...key.split('/')].map(encodeURIComponent).join('/');
    const { VersionId = '', CopyObjectResult } = await this.#client.send(
      new CopyObjectCommand({
        ...{ Bucket, Key: key, CopySource: `${source}?versionId=${encodeURIComponent(versionId)}` },
        // Without it a copy is put into STANDARD.
        StorageClass: Object.values(StorageClass).find((each) => each === storageClass),
      }),
    );
    this.ids.add(VersionId);
    this.#last = { Key: key, VersionId };
    const eTag = CopyObjectResult?.ETag;
    if (isPinned && eTag !== undefined) this.#pinned = { eTag, versionId: VersionId };
  }

  /**
   * Adds a part, which replaces those that lie in it.
   * @param after name of the last file before the part; `undefined` if it is the first
   */
  async add(part: CopiedPart, after: string | undefined): Promise<CopyProgress> {
    const before = this.#parts.filter(({ upTo }) => after !== undefined && compareNames(upTo, after) <= 0);
    const behind = this.#parts.filter(({ upTo }) => compareNames(upTo, part.upTo) > 0);
    this.#parts = [...before, part, ...behind];
    return { parts: this.#parts, ...(await this.#ofLast()) };
  }

  /** @param asOf from when on all copies count */
  async result(asOf: number): Promise<Pick<RewoundFiles, 'copied'>> {
    return this.exist ? { copied: { asOf, ...(await this.#ofLast()) } } : {};
  }

  async #ofLast(): Promise<{ pinned?: PinnedVersion; lockedUntil?: string }> {
    if (this.#last !== undefined) {
      this.#lockedUntil = await lockOfVersion(this.#client, { Bucket: this.#location.bucket, ...this.#last });
    }
    return {
      ...(this.#pinned && { pinned: this.#pinned }),
      ...(this.#lockedUntil && { lockedUntil: this.#lockedUntil }),
    };
  }
}
