import { randomUUID } from 'node:crypto';
import type { S3Object, S3Store } from './fauxqs-stores.ts';

export interface VersionedBucketOptions {
  /** How long new objects are locked, in ms. Defaults to no lock. */
  readonly lockMs?: number | undefined;
  /** The days in the bucket's own configuration. */
  readonly lockDays?: number | undefined;
  /** How long a replaced version is kept, in ms. Defaults to forever. */
  readonly noncurrentMs?: number | undefined;
  /** How long a delete marker without versions below it is kept, in ms: the rule runs daily. Defaults to forever. */
  readonly bareMarkerMs?: number | undefined;
}

/** Version id of objects written without versioning. */
export const NULL_VERSION = 'null';

/** One entry of a key's history: an object or a delete marker. */
export interface Version {
  readonly versionId: string;
  readonly lastModified: Date;
  /** Without its bytes; `undefined` for a delete marker. */
  readonly object: S3Object | undefined;
  readonly lockedUntil: Date | undefined;
  /** Defaults to STANDARD. */
  readonly storageClass?: string | undefined;
  /** Unset if no rule covers it. */
  replication?: 'PENDING' | 'COMPLETED' | 'FAILED' | 'REPLICA';
}

/**
 * The versions of a bucket's objects. fauxqs holds only the latest ones, and this class keeps them current. Every lock is in COMPLIANCE
 * mode: no one can delete such a version early, but delete markers and new versions may be added (S3 user guide, "How Object Lock works").
 */
export class VersionedBucket {
  readonly name: string;
  readonly options: VersionedBucketOptions;
  /** Called for each version written here, but not for replicas. */
  onNew: (key: string, version: Version) => void = () => undefined;
  readonly #store: S3Store;
  /** By key; newest first. */
  readonly #versions = new Map<string, Version[]>();
  readonly #ownLocks = new Map<string, Date>();
  readonly #classes = new Map<string, string>();
  /** Keys with more than one entry; lifecycle rules look only at these. */
  readonly #layered = new Set<string>();
  #isSuspended = false;
  /** Earliest time at which a rule can apply, in epoch milliseconds. */
  #nextExpiry = Infinity;

  constructor(store: S3Store, name: string, options: VersionedBucketOptions = {}) {
    this.#store = store;
    this.name = name;
    this.options = options;
  }

  get isSuspended(): boolean {
    return this.#isSuspended;
  }

  /** While versioning is suspended, writes and deletions replace the version "null" and leave all others ("Suspending versioning"). */
  suspend(isSuspended: boolean): void {
    this.#isSuspended = isSuspended;
  }

  /** Adopts the objects from before the bucket was versioned. */
  adopt(objects: Iterable<S3Object>): void {
    for (const object of objects) {
      const version = { versionId: NULL_VERSION, lastModified: object.lastModified, object, lockedUntil: undefined };
      this.#versions.set(object.key, [version]);
    }
  }

  /**
   * Applies the lifecycle rules: S3 counts the days from when a version was replaced, and never breaks a lock.
   * @returns the expired versions
   */
  expire(now = Date.now()): { key: string; versionId: string }[] {
    const { noncurrentMs = Infinity, bareMarkerMs = Infinity } = this.options;
    const expired: { key: string; versionId: string }[] = [];
    if (now < this.#nextExpiry) return expired;
    // Recomputed from all remaining entries.
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

  /** Entries with the prefix, in order. */
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

  /** Gives the next written object its own lock instead of the bucket's default. */
  lockNext(key: string, until: Date): void {
    this.#ownLocks.set(key, until);
  }

  /** Gives the next written object its own storage class. */
  classNext(key: string, storageClass: string): void {
    this.#classes.set(key, storageClass);
  }

  /** An object has been written: the store has it or is about to. */
  add(object: S3Object): Version {
    const { lockMs } = this.options;
    const byDefault = lockMs === undefined ? undefined : new Date(object.lastModified.getTime() + lockMs);
    const lockedUntil = this.#ownLocks.get(object.key) ?? byDefault;
    this.#ownLocks.delete(object.key);
    const storageClass = this.#classes.get(object.key);
    this.#classes.delete(object.key);
    return this.#push(object.key, { object: { ...object, body: Buffer.alloc(0) }, lockedUntil, storageClass });
  }

  /** Deletes without a version, which removes nothing. */
  mark(key: string): Version {
    const marker = this.#push(key, { object: undefined, lockedUntil: undefined });
    this.#show(key);
    return marker;
  }

  /** Adds a version from another bucket with its id and times; its bytes are already here. */
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

  /** Removes a version for good. The caller has checked its lock. */
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

  /** When the first of them may expire if no lock holds it. */
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

  /** Gives the store the latest version of a key, or removes the key. */
  #show(key: string): void {
    const object = this.latest(key)?.object;
    if (object === undefined) this.#store.deleteObject(this.name, key);
    else this.#store.restoreObject(this.name, object);
  }
}
