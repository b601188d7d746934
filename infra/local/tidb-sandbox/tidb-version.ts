/** The release of TiDB that the sandbox behaves like. */
export interface TidbVersion {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

/**
 * What releases differ in, and since when: the first release that has it. A fix that was also made in older lines names the patch
 * release of each of them before the release that all later ones follow.
 */
const FEATURES = {
  /** `SHOW BACKUP METADATA`, job ids, `SHOW BR JOB QUERY`, `CANCEL BR JOB`. */
  jobControl: ['7.3'],
  /** Options for statistics, compression, encryption, TiFlash and system tables in SQL; a syntax error before. */
  laterBrieOptions: ['8.2'],
  /** BACKUP does not read every table a second time unless `CHECKSUM` asks for it. */
  backupWithoutChecksum: ['6.5.12', '8.5'],
  /** RESTORE answers the backup's timestamp and, in a column of its own, the target's. Before, `BackupTS` is the target's. */
  clusterTsColumn: ['7.0'],
  /** Connection ids have 32 bits (`enable-32bits-connection-id`); 64 before. */
  shortConnectionIds: ['7.3'],
  /** DDL jobs show their times to the millisecond (pingcap/tidb#52930); before, to the second. */
  ddlJobFractions: ['8.2'],
  /** `tidb_idle_transaction_timeout`. */
  idleTransactionTimeout: ['7.6'],
  /** VECTOR and its functions. */
  vectors: ['8.4'],
  /** Types of integers are shown without a display width (deprecate-integer-display-length). */
  noDisplayWidth: ['8.5'],
  /** An incremental restore refuses what fills an index or writes rows again (`--allow-pitr-from-incremental`). */
  refusesBackfills: ['8.3'],
  /** RESTORE replaces accounts and other rows of `mysql` unless it is told not to. */
  restoresSystemTables: ['7.6'],
  /** System tables that those of earlier releases do not fit into, which is told at the very end of a restore. */
  newSystemTables: ['7.5'],
  /** RESTORE refuses to begin where a table of the backup exists; before, it mixes the rows. */
  refusesExistingTables: ['6.5.12', '7.1.7', '7.5.5', '8.1.2', '8.4'],
  /** RESTORE can go on after it was cut short: what it has done is noted beside the backup. */
  restoreCheckpoint: ['7.1'],
  /** What it has done is noted in a database of the target, whose tables it takes for restored whatever became of them. */
  checkpointInCluster: ['8.4'],
  /** The database `sys`. */
  sysDatabase: ['8.0'],
  /** RESTORE keeps `mysql.tidb_restore_registry`, and takes for verified what it had done before it was cut short. */
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
