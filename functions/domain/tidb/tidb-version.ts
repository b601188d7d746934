/** A release of TiDB. */
export interface TidbVersion {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

/**
 * Parses `v8.5.0`, also within `VERSION()` (`8.0.11-TiDB-v8.5.0-alpha`) and `TIDB_VERSION()` (`Release Version:
 * v8.5.0`). `undefined` if there is no release in it: `server-version` may be set to anything, and cloud editions name
 * none.
 */
export function parseTidbVersion(text: string): TidbVersion | undefined {
  const [, major, minor, patch] = /(?:^|TiDB-|Release Version:\s*)v?(\d+)\.(\d+)\.(\d+)(?!.*TiDB-)/.exec(text) ?? [];
  if (major === undefined) return undefined;
  return { major: Number(major), minor: Number(minor), patch: Number(patch) };
}

/** `v8.5.0` */
export function formatTidbVersion({ major, minor, patch }: TidbVersion): string {
  return `v${major}.${minor}.${patch}`;
}

export function isAtLeast(version: TidbVersion, major: number, minor = 0, patch = 0): boolean {
  if (version.major !== major) return version.major > major;
  if (version.minor !== minor) return version.minor > minor;
  return version.patch >= patch;
}
