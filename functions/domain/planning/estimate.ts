import type { FinishedBackup } from '../backup/backup-record.ts';
import type { TransferLimits } from '../config/system-config.ts';
import type { Executor } from '../workflow/executor.ts';

/**
 * Estimates how long a backup or restore takes, and so where to run it. Speeds are TiDB's published figures, except where a comment
 * says otherwise. Estimates err on the long side: a backup wrongly given to a function is cut off and starts over on the worker, while
 * one wrongly given to the worker costs a minute of start-up and a few cents.
 */

const BYTES_PER_MIB = 1024 * 1024;

/** Assumed when nobody has counted a cluster's nodes: the fewest that hold three replicas. */
const FEWEST_TIKV_NODES = 3;

/** Default backup speed of one TiKV node, in data before replication and compression. */
const BACKUP_MIB_PER_SECOND_PER_TIKV = 100;
/** Restore speed of one TiKV node up to TiDB 7.5. */
const RESTORE_MIB_PER_SECOND_PER_TIKV = 100;
/** Restore speed from TiDB 8.0 on. */
const FAST_RESTORE_MIB_PER_SECOND_PER_TIKV = 1_024;
const FAST_RESTORE_SINCE_MAJOR = 8;

/** Restored bytes per byte of a backup: backups are compressed (zstd), and what compresses well restores slowly. */
const BYTES_RESTORED_PER_BYTE = 3;

/**
 * Computing checksums reads each table twice, and a single TiDB server may compute the CRC-32 of every row. TiDB
 * publishes no figure for it.
 */
const SCANS = 2;
const SCAN_MIB_PER_SECOND = 50;
/** How much longer the scans take than a full backup, with the fewest nodes. */
const SCANNING_PER_FULL_BACKUP = (SCANS * FEWEST_TIKV_NODES * BACKUP_MIB_PER_SECOND_PER_TIKV) / SCAN_MIB_PER_SECOND;

/** Snapshot, schemas and metadata: the minimum, even for an empty backup. */
const OVERHEAD_SECONDS = 10;

/** Number of latest runs considered: few, so that a cluster that became faster is soon believed. */
const RUNS_CONSIDERED = 5;
/** Data grow between runs, and the next run may meet a busier cluster. */
const MARGIN = 1.25;

/** Number of finished backups of a cluster to read, so that a few of each scope and type are likely among them. */
export const RECENT_RUNS_READ = 100;

/** The fields of a finished backup that help to estimate the next; without `scopeKey` it is of the whole cluster. */
export type FinishedRun = Pick<FinishedBackup, 'startTime' | 'endTime' | 'backupType'> & {
  scopeKey?: string | undefined;
};

/** The size of a cluster's data. */
export interface ClusterData {
  /**
   * Rows and indexes of the scope, once and uncompressed, according to `information_schema`. A backup reads one replica
   * of three, and its speed is measured before compression, so neither factor applies. A decimal string.
   */
  logicalBytes: string;
  tikvNodes: number;
}

export interface Estimate {
  seconds: number;
  /** What the estimate is based on, to complete "about n seconds, …". */
  basis: string;
}

export interface NextBackup {
  backupType: FinishedBackup['backupType'];
  /** `*` for the whole cluster. */
  scopeKey: string;
  /** Whether it computes table checksums, for which an incremental backup reads all tables, too. */
  notesTables?: boolean | undefined;
  /** Newest first. */
  recentRuns: readonly FinishedRun[];
  /** Unset if the cluster was not measured. */
  data?: ClusterData | undefined;
  limits?: TransferLimits | undefined;
}

/** @returns `undefined` if there is nothing to base it on */
export function estimateBackup(next: NextBackup): Estimate | undefined {
  const statement = estimateStatement(next);
  if (!next.notesTables || statement === undefined) return statement;
  const scans = scanSeconds(next);
  if (scans === undefined) return undefined;
  return {
    seconds: statement.seconds + Math.ceil(scans * MARGIN),
    basis: `${statement.basis}, plus two scans for table checksums`,
  };
}

/**
 * A recorded run covers only its statement, so the time of the scans is derived from the data, or from the last full
 * backups.
 */
function scanSeconds({ scopeKey, recentRuns, data }: NextBackup): number | undefined {
  if (data !== undefined) return (SCANS * Number(data.logicalBytes)) / BYTES_PER_MIB / SCAN_MIB_PER_SECOND;
  const fullOf = (key: string) =>
    slowestOf(recentRuns.filter((run) => run.backupType === 'full' && (run.scopeKey ?? '*') === key));
  const full = fullOf(scopeKey) ?? fullOf('*');
  return full === undefined ? undefined : full * SCANNING_PER_FULL_BACKUP;
}

/**
 * The slowest of the last runs of the same kind plus a quarter, because the margin has to hold for a single run, not on
 * average. Without such runs: the last full ones of the whole cluster, which do at least as much; without these, the
 * data.
 * @returns `undefined` if there is nothing to base it on
 */
function estimateStatement(next: NextBackup): Estimate | undefined {
  const { backupType, scopeKey, recentRuns, data, limits } = next;
  const ofKind = recentRuns.filter((run) => run.backupType === backupType && (run.scopeKey ?? '*') === scopeKey);
  const own = slowestOf(ofKind);
  if (own !== undefined) {
    return withMargin(own, `a quarter longer than ${lastOf(ofKind)} of the same scope and type`);
  }
  if (data !== undefined) return estimateFromData(data, limits);
  const whole = recentRuns.filter((run) => run.backupType === 'full' && (run.scopeKey ?? '*') === '*');
  const most = slowestOf(whole);
  if (most === undefined) return undefined;
  return withMargin(most, `at most a quarter longer than ${lastOf(whole)} of the whole cluster`);
}

function slowestOf(runs: readonly FinishedRun[]): number | undefined {
  const last = runs.slice(0, RUNS_CONSIDERED);
  if (last.length === 0) return undefined;
  return Math.max(0, ...last.map(({ startTime, endTime }) => (Date.parse(endTime) - Date.parse(startTime)) / 1_000));
}

function lastOf(runs: readonly FinishedRun[]): string {
  const count = Math.min(runs.length, RUNS_CONSIDERED);
  return count === 1 ? 'the last backup' : `the slowest of the last ${count} backups`;
}

function withMargin(seconds: number, basis: string): Estimate {
  return { seconds: Math.ceil(seconds * MARGIN), basis };
}

/** For an incremental backup too, because it scans all data for changes. */
function estimateFromData({ logicalBytes, tikvNodes }: ClusterData, limits: TransferLimits | undefined): Estimate {
  const nodes = Math.max(1, tikvNodes);
  const speed = backupMibPerSecondPerTikv(limits);
  const mib = Number(logicalBytes) / BYTES_PER_MIB;
  return withMargin(
    OVERHEAD_SECONDS + mib / (nodes * speed),
    `for ${gibibytes(mib)} of data on ${nodes} TiKV nodes at ${speed} MiB/s each, plus a quarter`,
  );
}

/** A rate limit applies to the compressed bytes written. Applying it to the data errs on the long side. */
function backupMibPerSecondPerTikv({ rateLimit }: TransferLimits = {}): number {
  return Math.min(BACKUP_MIB_PER_SECOND_PER_TIKV, rateLimit ?? Number.POSITIVE_INFINITY);
}

export interface NextRestore {
  /** Recorded (compressed) size of each backup of the chain. Decimal strings. */
  sizesBytes: readonly string[];
  /** Of the target cluster. Unset if unknown. */
  tikvNodes?: number | undefined;
  /** Major version of the target cluster. Unset if unknown; then the slower speed applies. */
  tidbMajor?: number | undefined;
  limits?: Pick<TransferLimits, 'rateLimit'> | undefined;
}

/** Based on size alone: restores leave no record of the cluster's load, and there is rarely one to compare with. */
export function estimateRestore({ sizesBytes, tikvNodes, tidbMajor, limits }: NextRestore): Estimate {
  const nodes = Math.max(1, tikvNodes ?? FEWEST_TIKV_NODES);
  const isFast = tidbMajor !== undefined && tidbMajor >= FAST_RESTORE_SINCE_MAJOR;
  const ofVersion = isFast ? FAST_RESTORE_MIB_PER_SECOND_PER_TIKV : RESTORE_MIB_PER_SECOND_PER_TIKV;
  const speed = Math.min(ofVersion, limits?.rateLimit ?? Number.POSITIVE_INFINITY);
  const mib = (BYTES_RESTORED_PER_BYTE * sizesBytes.reduce((sum, bytes) => sum + Number(bytes), 0)) / BYTES_PER_MIB;
  const uncounted = tikvNodes === undefined ? ' (assumed: not counted yet)' : '';
  return withMargin(
    OVERHEAD_SECONDS * sizesBytes.length + mib / (nodes * speed),
    `for about ${gibibytes(mib)} from the compressed files, on ${nodes} TiKV nodes${uncounted} at ${speed} MiB/s each, plus a quarter`,
  );
}

function gibibytes(mib: number): string {
  return mib < 1024 ? `${Math.ceil(mib)} MiB` : `${(mib / 1024).toFixed(1)} GiB`;
}

/** Estimates from this many seconds on go to a worker: a function has 900 seconds, and estimates are inexact. */
export const WORKER_FROM_SECONDS = 600;

interface ExecutorFacts {
  /** Whether the deployment has a worker. */
  hasWorker: boolean;
  /** The request's choice, else the cluster's. */
  pinned?: Executor | undefined;
  /** Set for a backup that computes table checksums. */
  notesTables?: boolean | undefined;
  estimate?: Pick<Estimate, 'seconds' | 'basis'> | undefined;
  workerFromSeconds?: number | undefined;
}

export interface ExecutorChoice {
  executor: Executor;
  /** An explanation for people. */
  reason: string;
}

/**
 * An unknown duration counts as short: a first backup is mostly of a new cluster, and one that takes too long continues
 * on the worker. Not so with checksums: they are abandoned when a function ends, and then the backup can never be
 * drilled.
 */
export function chooseExecutor({
  hasWorker,
  pinned,
  notesTables = false,
  estimate,
  workerFromSeconds = WORKER_FROM_SECONDS,
}: ExecutorFacts): ExecutorChoice {
  if (!hasWorker) return { executor: 'lambda', reason: 'this deployment has no worker' };
  if (pinned !== undefined) return { executor: pinned, reason: 'the request or the cluster demands it' };
  if (estimate === undefined) {
    return notesTables
      ? { executor: 'fargate', reason: 'there is nothing yet to estimate the duration of its table checksums from' }
      : { executor: 'lambda', reason: 'there is nothing yet to estimate its duration from' };
  }
  const takes = `it should take about ${estimate.seconds} seconds, ${estimate.basis}`;
  return estimate.seconds < workerFromSeconds
    ? { executor: 'lambda', reason: `${takes}: less than ${workerFromSeconds}` }
    : { executor: 'fargate', reason: `${takes}: ${workerFromSeconds} or more` };
}
