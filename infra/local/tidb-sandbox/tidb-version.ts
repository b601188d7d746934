/** The release of TiDB that the sandbox behaves like. */
export interface TidbVersion {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

/** Accepts `8.5`, `8.5.1` and `v8.5.1`; `8.5` is `8.5.0`. Throws for anything else. */
export function parseTidbVersion(text: string): TidbVersion {
  const parts = /^v?(\d+)\.(\d+)(?:\.(\d+))?$/.exec(text);
  if (parts === null) throw new Error(`TiDB version '${text}' is not like 8.5 or 8.5.1`);
  return { major: Number(parts[1]), minor: Number(parts[2]), patch: Number(parts[3] ?? 0) };
}

/** `8.5.0`, as BR prints versions. */
export function formatTidbVersion({ major, minor, patch }: TidbVersion): string {
  return `${major}.${minor}.${patch}`;
}

export function isAtLeast(version: TidbVersion, major: number, minor = 0, patch = 0): boolean {
  if (version.major !== major) return version.major > major;
  if (version.minor !== minor) return version.minor > minor;
  return version.patch >= patch;
}
