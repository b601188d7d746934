import { randomUUID } from 'node:crypto';
import type { S3Object, S3Store } from './fauxqs-stores.ts';

export interface VersionedBucketOptions {
  /** How long objects are locked after they were written, in ms. Defaults to not at all. */
  readonly lockMs?: number | undefined;
  /** The days of the bucket's own configuration. */
  readonly lockDays?: number | undefined;
  /** How long a version outlives the one that took its place, in ms. Defaults to forever. */
  readonly noncurrentMs?: number | undefined;
  /** How long a delete marker lasts that has no version below it, in ms: the rule for it runs daily. Defaults to forever. */
  readonly bareMarkerMs?: number | undefined;
}

/** Id of what was written while the bucket kept no versions. */
export const NULL_VERSION = 'null';

/** What is kept under a key at one time: an object, or the mark that it was deleted. */
export interface Version {
  readonly versionId: string;
  readonly lastModified: Date;
  /** Without its bytes; `undefined`: a delete marker. */
  readonly object: S3Object | undefined;
  readonly lockedUntil: Date | undefined;
  /** Absent: STANDARD. */
  readonly storageClass?: string | undefined;
  /** Absent: no rule covers it. */
  replication?: 'PENDING' | 'COMPLETED' | 'FAILED' | 'REPLICA';
}

/**
 * The versions of a bucket's objects, which fauxqs has not: it holds the latest ones alone, and this class sees to it that it
 * does. Mode of every lock is COMPLIANCE: before its day nobody deletes such a version, while delete markers and new versions
 * may be put on it (S3 user guide, "How Object Lock works").
 */
export class VersionedBucket {
  readonly name: string;
  readonly options: VersionedBucketOptions;
  /** Told of each version that is written here, and of no replica. */
  onNew: (key: string, version: Version) => void = () => undefined;
  readonly #store: S3Store;
  /** By key; the newest first. */
  readonly #versions = new Map<string, Version[]>();
  readonly #ownLocks = new Map<string, Date>();
  readonly #classes = new Map<string, string>();
  /** Keys with more than one object, which alone a lifecycle rule looks at. */
  readonly #layered = new Set<string>();
  #isSuspended = false;
  /** Before then no rule has anything to do, in epoch milliseconds. */
  #nextExpiry = Infinity;

  constructor(store: S3Store, name: string, options: VersionedBucketOptions = {}) {
    this.#store = store;
    this.name = name;
    this.options = options;
  }

  get isSuspended(): boolean {
    return this.#isSuspended;
  }

  /** While suspended, writes and deletions replace the version "null" and leave all others ("Suspending versioning"). */
  suspend(isSuspended: boolean): void {
    this.#isSuspended = isSuspended;
  }

  /** Takes in what was there before the bucket kept versions. */
  adopt(objects: Iterable<S3Object>): void {
    for (const object of objects) {
      const version = { versionId: NULL_VERSION, lastModified: object.lastModified, object, lockedUntil: undefined };
      this.#versions.set(object.key, [version]);
    }
  }

  /**
   * Applies the lifecycle rules: S3 counts the days of a version from when it was replaced, and never breaks a lock.
   * @returns what has ended
   */
  expire(now = Date.now()): { key: string; versionId: string }[] {
    const { noncurrentMs = Infinity, bareMarkerMs = Infinity } = this.options;
    const expired: { key: string; versionId: string }[] = [];
    if (now < this.#nextExpiry) return expired;
    // Set again by all that is kept.
    this.#nextExpiry = Infinity;
    for (const key of this.#layered) {
      const versions = this.versionsOf(key);
      const left = versions.filter((version, index) => {
        const replacedAt = versions[index - 1]?.lastModified.getTime() ?? Infinity;
        return now < replacedAt + noncurrentMs || this.isLocked(version);
      });
      const [bare] = left;
      if (left.length === 1 && bare?.object === undefined && now >= Number(bare?.lastModified) + bareMarkerMs)
        left.pop();
      for (const version of versions) if (!left.includes(version)) expired.push({ key, versionId: version.versionId });
      this.#keep(key, left);
    }
    return expired;
  }

  /** Those that begin with the prefix, in order. */
  keys(prefix: string): string[] {
    return [...this.#versions.keys()].filter((key) => key.startsWith(prefix)).sort();
  }

  versionsOf(key: string): readonly Version[] {
    return this.#versions.get(key) ?? [];
  }

  latest(key: string): Version | undefined {
    return this.versionsOf(key)[0];
  }

  find(key: string, versionId: string): Version | undefined {
    return this.versionsOf(key).find((version) => version.versionId === versionId);
  }

  /** The object that is about to be written has a lock of its own, in place of the bucket's default. */
  lockNext(key: string, until: Date): void {
    this.#ownLocks.set(key, until);
  }

  /** The object that is about to be written has a storage class of its own. */
  classNext(key: string, storageClass: string): void {
    this.#classes.set(key, storageClass);
  }

  /** An object has been written: the store has it, or is about to. */
  add(object: S3Object): Version {
    const { lockMs } = this.options;
    const byDefault = lockMs === undefined ? undefined : new Date(object.lastModified.getTime() + lockMs);
    const lockedUntil = this.#ownLocks.get(object.key) ?? byDefault;
    this.#ownLocks.delete(object.key);
    const storageClass = this.#classes.get(object.key);
    this.#classes.delete(object.key);
    return this.#push(object.key, { object: { ...object, body: Buffer.alloc(0) }, lockedUntil, storageClass });
  }

  /** What a deletion without a version is: it takes nothing away. */
  mark(key: string): Version {
    const marker = this.#push(key, { object: undefined, lockedUntil: undefined });
    this.#show(key);
    return marker;
  }

  /** A version of another bucket arrives, with its id and its times; its bytes are here already. */
  addReplica(key: string, { versionId, lastModified, object, lockedUntil }: Version): void {
    const others = this.versionsOf(key).filter((version) => version.versionId !== versionId);
    const replica: Version = { versionId, lastModified, object, lockedUntil, replication: 'REPLICA' };
    const versions = [replica, ...others].sort((a, b) => b.lastModified.getTime() - a.lastModified.getTime());
    this.#keep(key, versions);
    this.#show(key);
  }

  isLocked({ lockedUntil }: Version): boolean {
    return lockedUntil !== undefined && lockedUntil.getTime() > Date.now();
  }

  /** Takes a version away for good. The caller has seen that it is not locked. */
  remove(key: string, { versionId }: Version): void {
    this.#keep(
      key,
      this.versionsOf(key).filter((version) => version.versionId !== versionId),
    );
    this.#show(key);
  }

  #keep(key: string, versions: Version[]): void {
    if (versions.length === 0) this.#versions.delete(key);
    else this.#versions.set(key, versions);
    const [latest, ...older] = versions;
    if (older.length > 0 || (latest !== undefined && latest.object === undefined)) this.#layered.add(key);
    else this.#layered.delete(key);
    if (this.#layered.has(key)) this.#nextExpiry = Math.min(this.#nextExpiry, this.#expiryOf(versions));
  }

  /** When the first of them may end, if no lock holds it. */
  #expiryOf(versions: readonly Version[]): number {
    const { noncurrentMs = Infinity, bareMarkerMs = Infinity } = this.options;
    const [latest, ...older] = versions;
    if (older.length === 0) return Number(latest?.lastModified) + bareMarkerMs;
    return Math.min(...versions.slice(0, -1).map(({ lastModified }) => lastModified.getTime())) + noncurrentMs;
  }

  #push(key: string, what: Pick<Version, 'object' | 'lockedUntil' | 'storageClass'>): Version {
    const versionId = this.#isSuspended ? NULL_VERSION : randomUUID();
    const version: Version = { versionId, lastModified: what.object?.lastModified ?? new Date(), ...what };
    this.#keep(key, [version, ...this.versionsOf(key).filter((each) => each.versionId !== versionId)]);
    this.onNew(key, version);
    return version;
  }

  /** Lets the store have the latest version of a key, or nothing. */
  #show(key: string): void {
    const object = this.latest(key)?.object;
    if (object === undefined) this.#store.deleteObject(this.name, key);
    else this.#store.restoreObject(this.name, object);
  }
}
