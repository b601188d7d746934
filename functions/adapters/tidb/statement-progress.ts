import type { RowDataPacket } from 'mysql2/promise';
import type { StatementMark, StatementProgress } from '../../domain/tidb/tidb.ts';
import { type BrieJob, brieJob } from './rows.ts';
import { isMarkedDestination } from './statement-mark.ts';

/**
 * The progress of a statement, from the rows of `SHOW BACKUPS` or `SHOW RESTORES`. They are unordered, include ended
 * statements, and one connection may have several.
 */
export function statementProgress(
  rows: readonly RowDataPacket[],
  mark: StatementMark,
  connectionId: string,
): StatementProgress | undefined {
  const ours = rows
    .map((row) => brieJob.parse(row))
    .filter((job) => isMarkedDestination(job.Destination, mark))
    .filter((job) => !hasEnded(job) || job.Connection === connectionId);
  const [newest] = ours.sort(newestFirst);
  return newest && progressOf(newest);
}

/** Without ids, only a running one is known to be the newest. */
function newestFirst(a: BrieJob, b: BrieJob): number {
  if (a.Id === undefined || b.Id === undefined) return Number(hasEnded(a)) - Number(hasEnded(b));
  return BigInt(a.Id) > BigInt(b.Id) ? -1 : 1;
}

/** A statement that failed in the queue has no end time. */
function hasEnded({ Finish_time, State }: BrieJob): boolean {
  return State.endsWith('Canceled') || (Finish_time !== null && !Finish_time.startsWith('0000'));
}

function progressOf(job: BrieJob): StatementProgress {
  return {
    percent: percentOf(job),
    finished: hasEnded(job) && !job.State.endsWith('Canceled') && (job.Message ?? '') === '',
    waits: job.State === 'Wait',
  };
}

/**
 * Each stage counts from 0 again; checksums follow when all data is copied. A failed one ends at 100 %, too: TiDB sets
 * it.
 */
function percentOf({ State, Progress }: BrieJob): number {
  if (State === 'Checksum') return 100;
  if (State.endsWith('Canceled')) return 0;
  return Number.isFinite(Progress) ? Math.min(100, Math.max(0, Math.floor(Progress))) : 0;
}
