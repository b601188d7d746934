import {
  CopyObjectCommand,
  DeleteObjectsCommand,
  GetObjectRetentionCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  type S3Client,
} from '@aws-sdk/client-s3';

interface Version {
  id: string;
  /** What the file holds; unset in a delete marker. */
  content?: string;
  writtenAt: number;
}

const PAGE = 1_000;
const DAY_MS = 86_400_000;

/** A bucket with versions, in memory: for folders of many files. The caller owns the clock. */
export class VersionBucket {
  /** Milliseconds since 1970; S3 keeps whole seconds. */
  now: number;
  /** Names of the commands so far. */
  calls: string[] = [];
  /** Called before each command. */
  onCall = (_command: string) => {};
  /** Whether nobody may delete a version (Object Lock). Markers are never locked. */
  readonly isLocked: boolean;
  /** Of each key, the newest version first. */
  readonly #versions = new Map<string, Version[]>();
  #keys: string[] | undefined;
  #ids = 0;

  constructor({ now, isLocked }: { now: number; isLocked: boolean }) {
    this.now = now;
    this.isLocked = isLocked;
  }

  get client(): S3Client {
    return { send: async (command: unknown) => this.#answer(command as object) } as unknown as S3Client;
  }

  put(key: string, content: string): string {
    return this.#add(key, { content });
  }

  /** Puts a delete marker on it. */
  remove(key: string): void {
    this.#add(key, {});
  }

  /** What a plain read of the file returns. */
  contentOf(key: string): string | undefined {
    return this.#versions.get(key)?.[0]?.content;
  }

  #add(key: string, version: { content?: string }): string {
    const id = `v${this.#ids++}`;
    const versions = this.#versions.get(key);
    const added = { ...version, id, writtenAt: Math.floor(this.now / 1_000) * 1_000 };
    if (versions) versions.unshift(added);
    else {
      this.#versions.set(key, [added]);
      this.#keys = undefined;
    }
    return id;
  }

  #answer(command: object): object {
    const name = command.constructor.name;
    this.onCall(name);
    this.calls.push(name);
    if (command instanceof ListMultipartUploadsCommand) return {};
    if (command instanceof ListObjectVersionsCommand) return this.#list(command.input);
    if (command instanceof DeleteObjectsCommand) return this.#delete(command.input.Delete?.Objects ?? []);
    if (command instanceof CopyObjectCommand) return this.#copy(command.input);
    if (command instanceof GetObjectRetentionCommand) {
      return { Retention: this.isLocked ? { RetainUntilDate: new Date(this.now + DAY_MS) } : undefined };
    }
    throw new Error(`${name} is not supported`);
  }

  #list({ Prefix = '', KeyMarker = '', VersionIdMarker }: ListObjectVersionsCommand['input']): object {
    this.#keys ??= [...this.#versions.keys()].sort();
    const page: { key: string; version: Version; isLatest: boolean }[] = [];
    let isTruncated = false;
    for (let at = firstAtLeast(this.#keys, KeyMarker > Prefix ? KeyMarker : Prefix); at < this.#keys.length; at += 1) {
      const key = this.#keys[at] ?? '';
      if (!key.startsWith(Prefix) || isTruncated) break;
      if (key === KeyMarker && VersionIdMarker === undefined) continue;
      const versions = this.#versions.get(key) ?? [];
      const from = key === KeyMarker ? versions.findIndex(({ id }) => id === VersionIdMarker) + 1 : 0;
      for (const version of versions.slice(from)) {
        isTruncated = page.length === PAGE;
        if (isTruncated) break;
        page.push({ key, version, isLatest: version === versions[0] });
      }
    }
    const listed = page.map(({ key: Key, version: { id, content, writtenAt }, isLatest: IsLatest }) => ({
      ...{ Key, VersionId: id, IsLatest, LastModified: new Date(writtenAt), isMarker: content === undefined },
      ...(content !== undefined && { Size: content.length, ETag: `"${id}"` }),
    }));
    const last = page.at(-1);
    return {
      ...{ Versions: listed.filter(({ isMarker }) => !isMarker), IsTruncated: isTruncated },
      DeleteMarkers: listed.filter(({ isMarker }) => isMarker),
      ...(isTruncated && { NextKeyMarker: last?.key, NextVersionIdMarker: last?.version.id }),
    };
  }

  #delete(objects: { Key: string | undefined; VersionId?: string | undefined }[]): object {
    const Errors: object[] = [];
    for (const { Key = '', VersionId } of objects) {
      const versions = this.#versions.get(Key) ?? [];
      const index = versions.findIndex(({ id }) => id === VersionId);
      if (VersionId === undefined) this.remove(Key);
      else if (this.isLocked && versions[index]?.content !== undefined) {
        Errors.push({ Key, VersionId, Code: 'AccessDenied' });
      } else if (index >= 0) versions.splice(index, 1);
    }
    return { Errors };
  }

  #copy({ Key = '', CopySource = '' }: CopyObjectCommand['input']): object {
    const id = /\?versionId=(.*)$/.exec(CopySource)?.[1];
    const { content } = this.#versions.get(Key)?.find((version) => version.id === id) ?? {};
    if (content === undefined) throw new Error(`no version ${CopySource}`);
    const VersionId = this.put(Key, content);
    // Encrypted with a KMS key, the same bytes have another ETag each time.
    return { VersionId, CopyObjectResult: { ETag: `"${VersionId}"` } };
  }
}

function firstAtLeast(sorted: readonly string[], wanted: string): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? '') < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
