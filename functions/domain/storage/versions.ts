/** A version of a file, or the marker that it was deleted, as a store lists it. */
export interface VersionListed {
  key: string;
  versionId: string;
  isLatest: boolean;
  isMarker: boolean;
  size: number;
  /** Milliseconds since 1970, in whole seconds. */
  writtenAt: number;
}

interface StateOfFile {
  /** The version that the file had; undefined: it was not there, or that version is lost. */
  right: VersionListed | undefined;
  /** What was put upon it since, the newest first. */
  upon: VersionListed[];
}

/**
 * How a file was at a time: what was written last by then.
 * @param versions all that there are of it, in any order
 * @param asOf milliseconds since 1970; infinite: the newest version counts, and only markers lie upon it
 * @param isNeverDeleted whoever wrote the file does not delete it, so a marker is somebody else's, whenever it was written
 */
export function stateAsOf(versions: readonly VersionListed[], asOf: number, isNeverDeleted = false): StateOfFile {
  // Within a second a file is written before it is deleted; of equals, S3 lists the newer one first.
  const ordered = versions.toSorted(
    (a, b) =>
      Number(b.isLatest) - Number(a.isLatest) || b.writtenAt - a.writtenAt || Number(b.isMarker) - Number(a.isMarker),
  );
  const skipsMarkers = isNeverDeleted || asOf === Number.POSITIVE_INFINITY;
  const at = ordered.findIndex(({ writtenAt, isMarker }) => writtenAt <= asOf && !(skipsMarkers && isMarker));
  const right = ordered[at];
  if (right === undefined || right.isMarker) return { right: undefined, upon: [] };
  return { right, upon: ordered.slice(0, at) };
}

/** How far the clocks of a store and of who notes a time may be apart. */
const SKEW_MS = 60_000;

/**
 * A time by the store's clock, which may be ahead.
 * @param asOf by the clock of who noted that all was written
 * @param versions of the file that was written last: its first is no later than that, or within what clocks may differ
 */
export function byClockOfStore(asOf: number, versions: readonly VersionListed[]): number {
  const written = versions.filter(({ isMarker }) => !isMarker).map(({ writtenAt }) => writtenAt);
  const first = Math.min(...written);
  return first <= asOf + SKEW_MS ? Math.max(asOf, first) : asOf;
}
