import type { FinishedBackup } from '../backup/backup-record.ts';
import type { TransferLimits } from '../config/system-config.ts';
import type { Executor } from '../workflow/executor.ts';

/**
 * Estimates how long a backup or restore takes, and so where to run it. Speeds are TiDB's published figures, except where a comment
 * says otherwise. Estimates err on the long side: a backup wrongly given to a function is cut off and starts over on the worker, while
 * one wrongly given to the worker costs a minute of start-up and a few cents.
 */

const BYTES_PER_MIB = 1024 * 1024;

/** The fewest nodes that keep three replicas: what a cluster has that nobody has counted. */
const FEWEST_TIKV_NODES = 3;

/** What one TiKV node backs up by default, of data as they are before replication and compression. */
const BACKUP_MIB_PER_SECOND_PER_TIKV = 100;
/** What one TiKV node restores up to TiDB 7.5. */
const RESTORE_MIB_PER_SECOND_PER_TIKV = 100;
/** The same from TiDB 8.0 on. */
const FAST_RESTORE_MIB_PER_SECOND_PER_TIKV = 1_024;
const FAST_RESTORE_SINCE_MAJOR = 8;

/** What a restored byte of a backup becomes: a backup is compressed (zstd), and what is compressed well restores slowly. */
const BYTES_RESTORED_PER_BYTE = 3;

/** To note what tables hold, each is read twice, and CRC-32 of every row may be left to a single TiDB server. TiDB has no figure for it. */
const SCANS = 2;
const SCAN_MIB_PER_SECOND = 50;
/** How much longer that takes than a full backup, of the fewest nodes. */
const SCANNING_PER_FULL_BACKUP = (SCANS * FEWEST_TIKV_NODES * BACKUP_MIB_PER_SECOND_PER_TIKV) / SCAN_MIB_PER_SECOND;

/** Snapshot, schemas and metadata, which even an empty backup takes. */
const OVERHEAD_SECONDS = 10;

/** How many of the last runs are looked at: few enough that a cluster which has become faster is soon believed. */
const RUNS_CONSIDERED = 5;
/** Between two runs the data grow, and a run may meet a busier cluster than the ones before it did. */
const MARGIN = 1.25;

/** How many finished backups of a cluster to read, so that a few of each scope and type are likely among them. */
export const RECENT_RUNS_READ = 100;

/** A finished backup, as far as it tells of the next; a record without `scopeKey` is of everything. */
export type FinishedRun = Pick<FinishedBackup, 'startTime' | 'endTime' | 'backupType'> & {
  scopeKey?: string | undefined;
};

/** What a cluster was found to hold. */
export interface ClusterData {
  /**
   * Rows and indexes of what is backed up, once and uncompressed, as `information_schema` tells: a backup reads one replica of
   * three, and its speed is that of the data before compression, so that neither is to be reckoned in. A decimal string.
   */
  logicalBytes: string;
  tikvNodes: number;
}

export interface Estimate {
  seconds: number;
  /** What it is taken from, in words that complete "about n seconds, …". */
  basis: string;
}

export interface NextBackup {
  backupType: FinishedBackup['backupType'];
  /** `*` for everything. */
  scopeKey: string;
  /** Whether it notes what its tables hold, for a drill: an incremental one reads all of them, too. */
  notesTables?: boolean | undefined;
  /** Newest first. */
  recentRuns: readonly FinishedRun[];
  /** Absent: nobody has asked the cluster. */
  data?: ClusterData | undefined;
  limits?: TransferLimits | undefined;
}

/** @returns undefined: nothing is known that tells of all of it */
export function estimateBackup(next: NextBackup): Estimate | undefined {
  const statement = estimateStatement(next);
  if (!next.notesTables || statement === undefined) return statement;
  const scans = scanSeconds(next);
  if (scans === undefined) return undefined;
  return {
    seconds: statement.seconds + Math.ceil(scans * MARGIN),
    basis: `${statement.basis}, and with two scans to note its tables`,
  };
}

/** A run's own time is of its statement alone, so scans are taken from the data, or from the last full backups of them. */
function scanSeconds({ scopeKey, recentRuns, data }: NextBackup): number | undefined {
  if (data !== undefined) return (SCANS * Number(data.logicalBytes)) / BYTES_PER_MIB / SCAN_MIB_PER_SECOND;
  const fullOf = (key: string) =>
    slowestOf(recentRuns.filter((run) => run.backupType === 'full' && (run.scopeKey ?? '*') === key));
  const full = fullOf(scopeKey) ?? fullOf('*');
  return full === undefined ? undefined : full * SCANNING_PER_FULL_BACKUP;
}

/**
 * The slowest of the last runs of the same kind and a quarter more, since the margin has to hold for one run, not on average.
 * Without such runs, the last full ones of everything, which do all that this one does and more; without these, the data.
 * @returns undefined: nothing is known
 */
function estimateStatement(next: NextBackup): Estimate | undefined {
  const { backupType, scopeKey, recentRuns, data, limits } = next;
  const ofKind = recentRuns.filter((run) => run.backupType === backupType && (run.scopeKey ?? '*') === scopeKey);
  const own = slowestOf(ofKind);
  if (own !== undefined) {
    return withMargin(own, `a quarter more than ${lastOf(ofKind)} of the same scope and type`);
  }
  if (data !== undefined) return estimateFromData(data, limits);
  const whole = recentRuns.filter((run) => run.backupType === 'full' && (run.scopeKey ?? '*') === '*');
  const most = slowestOf(whole);
  if (most === undefined) return undefined;
  return withMargin(most, `at most a quarter more than ${lastOf(whole)} of the whole cluster`);
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

/** For an incremental backup too: it looks through all data for what has changed. */
function estimateFromData({ logicalBytes, tikvNodes }: ClusterData, limits: TransferLimits | undefined): Estimate {
  const nodes = Math.max(1, tikvNodes);
  const speed = backupMibPerSecondPerTikv(limits);
  const mib = Number(logicalBytes) / BYTES_PER_MIB;
  return withMargin(
    OVERHEAD_SECONDS + mib / (nodes * speed),
    `for ${gibibytes(mib)} of data on ${nodes} TiKV nodes at ${speed} MiB/s each, and a quarter more`,
  );
}

/** A rate limit is of the compressed bytes that are written: taken as of the data, it makes the estimate longer, if anything. */
function backupMibPerSecondPerTikv({ rateLimit }: TransferLimits = {}): number {
  return Math.min(BACKUP_MIB_PER_SECOND_PER_TIKV, rateLimit ?? Number.POSITIVE_INFINITY);
}

export interface NextRestore {
  /** Of each backup of the chain, as recorded: compressed. Decimal strings. */
  sizesBytes: readonly string[];
  /** Of the cluster that is restored into. Absent: not known. */
  tikvNodes?: number | undefined;
  /** The first number of its version. Absent: not known, and the slower speed is taken. */
  tidbMajor?: number | undefined;
  limits?: Pick<TransferLimits, 'rateLimit'> | undefined;
}

/** From the bytes alone: restores leave no record that names the cluster's load, and mostly there is none to compare with. */
export function estimateRestore({ sizesBytes, tikvNodes, tidbMajor, limits }: NextRestore): Estimate {
  const nodes = Math.max(1, tikvNodes ?? FEWEST_TIKV_NODES);
  const isFast = tidbMajor !== undefined && tidbMajor >= FAST_RESTORE_SINCE_MAJOR;
  const ofVersion = isFast ? FAST_RESTORE_MIB_PER_SECOND_PER_TIKV : RESTORE_MIB_PER_SECOND_PER_TIKV;
  const speed = Math.min(ofVersion, limits?.rateLimit ?? Number.POSITIVE_INFINITY);
  const mib = (BYTES_RESTORED_PER_BYTE * sizesBytes.reduce((sum, bytes) => sum + Number(bytes), 0)) / BYTES_PER_MIB;
  const uncounted = tikvNodes === undefined ? ' (not counted yet: the fewest)' : '';
  return withMargin(
    OVERHEAD_SECONDS * sizesBytes.length + mib / (nodes * speed),
    `for about ${gibibytes(mib)} out of the compressed files, on ${nodes} TiKV nodes${uncounted} at ${speed} MiB/s each, and a quarter more`,
  );
}

function gibibytes(mib: number): string {
  return mib < 1024 ? `${Math.ceil(mib)} MiB` : `${(mib / 1024).toFixed(1)} GiB`;
}

/** From so many seconds on a worker is needed: a function lives for 900, and estimates are estimates. */
export const WORKER_FROM_SECONDS = 600;

interface ExecutorFacts {
  /** Whether the deployment has a worker at all. */
  hasWorker: boolean;
  /** What the request says, else the cluster. */
  pinned?: Executor | undefined;
  /** Of a backup: whether it notes what its tables hold. */
  notesTables?: boolean | undefined;
  estimate?: Pick<Estimate, 'seconds' | 'basis'> | undefined;
  workerFromSeconds?: number | undefined;
}

export interface ExecutorChoice {
  executor: Executor;
  /** In words, for people. */
  reason: string;
}

/**
 * Nothing known is taken as short: a first backup is of a new cluster mostly, and one that is too long goes on on the worker. But
 * noting tables does not: it is given up when a function ends, and the backup can never be drilled.
 */
export function chooseExecutor({
  hasWorker,
  pinned,
  notesTables = false,
  estimate,
  workerFromSeconds = WORKER_FROM_SECONDS,
}: ExecutorFacts): ExecutorChoice {
  if (!hasWorker) return { executor: 'lambda', reason: 'this deployment has no worker' };
  if (pinned !== undefined) return { executor: pinned, reason: 'the request or the cluster says so' };
  if (estimate === undefined) {
    return notesTables
      ? { executor: 'fargate', reason: 'nothing is known yet that would tell how long noting its tables takes' }
      : { executor: 'lambda', reason: 'nothing is known yet that would tell how long it takes' };
  }
  const takes = `it should take about ${estimate.seconds} seconds, ${estimate.basis}`;
  return estimate.seconds < workerFromSeconds
    ? { executor: 'lambda', reason: `${takes}: less than ${workerFromSeconds}` }
    : { executor: 'fargate', reason: `${takes}: ${workerFromSeconds} or more` };
}
