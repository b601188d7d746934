import type { Tso } from '../storage/tso.ts';
import type { JobOptions } from './job-options.ts';
import type { BrieProgress } from './queue.ts';
import { RateLimiter, slowest } from './rate-limiter.ts';
import type { BrieCluster, BrieSession } from './session.ts';
import type { BrieScope } from './statement.ts';
import type { StorageLocation } from './storage-url.ts';

/** What a running BACKUP or RESTORE uses. */
export interface BrieJob {
  readonly session: Pick<BrieSession, 'runInternally'>;
  readonly cluster: BrieCluster;
  readonly scope: BrieScope;
  readonly location: StorageLocation;
  readonly options: JobOptions;
  readonly progress: BrieProgress;
  /** Aborted to stop the job; what fails afterwards is reported as canceled. */
  readonly signal: AbortSignal;
}

export interface JobOutcome {
  /** Bytes of the files. */
  readonly size: bigint;
  readonly backupTs: Tso;
}

/** TiKV's threads for backup and import: a higher CONCURRENCY only waits for them (backup.num-threads). */
const MAX_WRITERS = 8;

export function writersOf(options: JobOptions): number {
  return Math.min(options.concurrency, MAX_WRITERS);
}

/** RATE_LIMIT and a test's throttle. */
export function limiterOf({ options, cluster }: BrieJob): RateLimiter {
  return new RateLimiter(() => slowest(options.rateLimit, cluster.throttle()));
}
