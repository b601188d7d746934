/** A version of a file or a delete marker, as a store lists it. */
export interface VersionListed {
  key: string;
  versionId: string;
  isLatest: boolean;
  isMarker: boolean;
  size: number;
  /** Milliseconds since 1970, in whole seconds. Of a multipart upload: when it began, not when it was completed. */
  writtenAt: number;
  eTag?: string | undefined;
  storageClass?: string | undefined;
}

/** What tells one version of a file from all others. A replica keeps the id, a copy by other means perhaps the ETag. */
export interface PinnedVersion {
  eTag: string;
  /** Absent: the store keeps no versions. */
  versionId?: string | undefined;
}

/** Which version of a file is the right one. */
export interface RightVersion {
  /** What was written last by then, in milliseconds since 1970. Infinite: the newest version, whatever markers lie on it. */
  asOf: number;
  /** Whoever wrote the file does not delete it: every marker is somebody else's, whenever it was written. */
  isNeverDeleted?: boolean;
  /** Whoever wrote the file wrote it once, under a name that nobody knew before: the first version counts, and no other. */
  isWrittenOnce?: boolean;
  /** No other version counts, whatever its date. */
  pinned?: PinnedVersion | undefined;
}

/** As many versions of one file are held at once; those of a file that has more are looked at again, page by page. */
const HELD = 1_000;

/** What there is of one file, in a bounded space. */
export class VersionsOfFile {
  readonly wanted: RightVersion;
  /** The one that counts. A marker: the file was not there. */
  #best: VersionListed | undefined;
  #held: VersionListed[] | undefined = [];
  latest: VersionListed | undefined;

  constructor(wanted: RightVersion) {
    this.wanted = wanted;
  }

  /** @param version in the order in which the store lists them: the newer first, and markers before files */
  add(version: VersionListed): void {
    if (version.isLatest) this.latest = version;
    this.#best = betterVersion(this.#best, version, this.wanted);
    this.#held?.push(version);
    if (this.#held !== undefined && this.#held.length > HELD) this.#held = undefined;
  }

  /** Undefined: the file was not there, or that version is lost. */
  get right(): VersionListed | undefined {
    return this.#best?.isMarker ? undefined : this.#best;
  }

  /** What has to go for the right version to be the latest; `undefined` if there are too many to hold. */
  get upon(): VersionListed[] | undefined {
    const { right } = this;
    if (right === undefined) return [];
    return this.#held && [...versionsAbove(this.#held, right, this.wanted)];
  }
}

/** Those of `versions`, in the order of the store, that lie on the right one. */
export function* versionsAbove(
  versions: Iterable<VersionListed>,
  right: VersionListed,
  wanted: RightVersion,
  isListedBefore = true,
): Generator<VersionListed> {
  if (right.isLatest) return;
  let isBefore = isListedBefore;
  for (const version of versions) {
    if (version.versionId === right.versionId) isBefore = false;
    else if (liesAbove(version, right, isBefore, wanted)) yield version;
  }
}

/** @param version listed later than `best` */
function betterVersion(
  best: VersionListed | undefined,
  version: VersionListed,
  wanted: RightVersion,
): VersionListed | undefined {
  if (!counts(version, wanted)) return best;
  if (best === undefined) return version;
  if (wanted.pinned !== undefined) return best;
  // Stores list the newer one first.
  if (wanted.isWrittenOnce) return version.writtenAt <= best.writtenAt ? version : best;
  return isNewer(version, best) ? version : best;
}

function counts(version: VersionListed, { asOf, isNeverDeleted, isWrittenOnce, pinned }: RightVersion): boolean {
  if (pinned !== undefined) return isPinned(version, pinned);
  if (version.writtenAt > asOf) return false;
  return !version.isMarker || !(isNeverDeleted || isWrittenOnce || asOf === Number.POSITIVE_INFINITY);
}

/** Whether both tell the same version, perhaps of a replica. */
export function isSameVersion(one: PinnedVersion, other: PinnedVersion): boolean {
  return (one.versionId !== undefined && one.versionId === other.versionId) || one.eTag === other.eTag;
}

function isPinned({ isMarker, versionId, eTag }: VersionListed, pinned: PinnedVersion): boolean {
  return !isMarker && (versionId === pinned.versionId || eTag === pinned.eTag);
}

/** Within a second a file is written before it is deleted. */
function isNewer(version: VersionListed, other: VersionListed): boolean {
  if (version.writtenAt !== other.writtenAt) return version.writtenAt > other.writtenAt;
  if (version.isLatest !== other.isLatest) return version.isLatest;
  return version.isMarker && !other.isMarker;
}

/** Dates alone do not tell: that of a multipart upload may be far older. */
function liesAbove(
  version: VersionListed,
  right: VersionListed,
  isListedBefore: boolean,
  { isWrittenOnce, pinned }: RightVersion,
): boolean {
  if (isWrittenOnce || pinned !== undefined || version.isLatest || isNewer(version, right)) return true;
  return !version.isMarker && isListedBefore;
}

/** Possible clock skew between a store and the recorder of a time. */
const SKEW_MS = 60_000;

/**
 * Converts a time to the store's clock, which may be ahead.
 * @param asOf by the clock of the recorder, when everything was written
 * @param versions of the file that was written last: its first version is no later than that, or within the possible
 * skew
 */
export function byClockOfStore(asOf: number, first: number): number {
  return first <= asOf + SKEW_MS ? Math.max(asOf, first) : asOf;
}
