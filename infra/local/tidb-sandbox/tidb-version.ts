/** The TiDB release that the sandbox imitates. */
export interface TidbVersion {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

/**
 * Differences between releases, each with the first release that has it. A fix that was backported lists the patch release of each older
 * line before the release from which on all have it.
 */
const FEATURES = {
  /** `SHOW BACKUP METADATA`, job ids, `SHOW BR JOB QUERY`, `CANCEL BR JOB`. */
  jobControl: ['7.3'],
  /** Options for statistics, compression, encryption, TiFlash and system tables in SQL; a syntax error before. */
  laterBrieOptions: ['8.2'],
  /** BACKUP does not read every table again unless `CHECKSUM` is set. */
  backupWithoutChecksum: ['6.5.12', '8.5'],
  /** RESTORE returns the backup's timestamp and, in a separate column, the target's. Before, `BackupTS` is the target's. */
  clusterTsColumn: ['7.0'],
  /** Connection ids have 32 bits (`enable-32bits-connection-id`); 64 before. */
  shortConnectionIds: ['7.3'],
  /** DDL jobs show their times to the millisecond (pingcap/tidb#52930); before, to the second. */
  ddlJobFractions: ['8.2'],
  /** `tidb_idle_transaction_timeout`. */
  idleTransactionTimeout: ['7.6'],
  /** VECTOR and its functions. */
  vectors: ['8.4'],
  /** Integer types are shown without a display width (deprecate-integer-display-length). */
  noDisplayWidth: ['8.5'],
  /** An incremental restore refuses DDL that fills an index or rewrites rows (`--allow-pitr-from-incremental`). */
  refusesBackfills: ['8.3'],
  /** RESTORE replaces accounts and other rows of `mysql` by default. */
  restoresSystemTables: ['7.6'],
  /** System tables from earlier releases no longer fit, which only shows at the very end of a restore. */
  newSystemTables: ['7.5'],
  /** RESTORE refuses to start if a table of the backup exists; before, it mixed the rows. */
  refusesExistingTables: ['6.5.12', '7.1.7', '7.5.5', '8.1.2', '8.4'],
  /** RESTORE can resume after an interruption: its checkpoint lies beside the backup. */
  restoreCheckpoint: ['7.1'],
  /** The checkpoint is in a database of the target, and its tables count as restored whatever has happened to them since. */
  checkpointInCluster: ['8.4'],
  /** The database `sys`. */
  sysDatabase: ['8.0'],
  /** RESTORE keeps `mysql.tidb_restore_registry`, and does not verify again what it did before an interruption. */
  restoreRegistry: ['8.5.5'],
  /** A backup ends with its client. */
  endsWithClient: ['8.5.1'],
  /** A killed client sees 1317 instead of the job's own failure. */
  killedAsInterrupted: ['9.0'],
} as const satisfies Record<string, readonly [string, ...string[]]>;

export type Feature = keyof typeof FEATURES;

export function hasFeature(version: TidbVersion, feature: Feature): boolean {
  return FEATURES[feature].map(parseTidbVersion).some((since, at, all) => {
    const isSameLine = since.major === version.major && since.minor === version.minor;
    return (isSameLine || at === all.length - 1) && isAtLeast(version, since);
  });
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

function isAtLeast(version: TidbVersion, since: TidbVersion): boolean {
  if (version.major !== since.major) return version.major > since.major;
  if (version.minor !== since.minor) return version.minor > since.minor;
  return version.patch >= since.patch;
}
