import type { BackupRecord } from '../backup/backup-record.ts';
import type { Maintenance } from '../cluster/cluster.ts';
import type { NodeFailureName } from '../workflow/failure-table.ts';
import { type CaughtError, NodeFailure } from '../workflow/node-failure.ts';

/** Error of a workflow that had to wait until it was too late. */
export const TOO_LATE = 'TooLateToBegin' satisfies NodeFailureName;

export const CANCELED = 'BackupCanceled' satisfies NodeFailureName;

/** Every operation has at least this long to begin, even if it was started at the very end of its window. */
const GRACE_MS = 5 * 60_000;

/** How long an operation that a user asked for may wait. */
const DAY_MS = 24 * 3_600_000;

/**
 * When a waiting operation is given up: at the end of its window, or a day after a user asked for it. Milliseconds
 * since 1970.
 */
function beginsBy({ since, claim }: Pick<Maintenance, 'since' | 'claim'>): number {
  const asked = Date.parse(since);
  return claim?.windowEnd === undefined ? asked + DAY_MS : Math.max(Date.parse(claim.windowEnd), asked + GRACE_MS);
}

/**
 * Whether an operation that has not begun may still do so. State machines retry a node for as long as
 * Lambda refuses to invoke it, and do not know the window.
 * @param maintenance the operation's lock on its cluster
 * @returns why not; `undefined` if it may
 */
export function whyTooLate(maintenance: Maintenance, now: number): string | undefined {
  if (now < beginsBy(maintenance)) return undefined;
  const until = maintenance.claim === undefined ? 'within 24 hours' : 'while the window was open';
  return `Lambda did not run its functions ${until}: they were throttled (429), or inactive functions were not ready yet`;
}

/** @throws NodeFailure TooLateToBegin */
export function assertInTime(maintenance: Maintenance | undefined, now: number): void {
  const why = maintenance && whyTooLate(maintenance, now);
  if (why !== undefined) throw new NodeFailure(TOO_LATE, why);
}

/** Why a waiting backup should be given up; `undefined` if it may begin, or has begun. */
export function whyAbandoned(record: BackupRecord, maintenance: Maintenance, now: number): CaughtError | undefined {
  if (record.status !== 'Initializing') return undefined;
  if (record.cancelRequested) return { Error: CANCELED, Cause: 'a user canceled the backup' };
  const why = whyTooLate(maintenance, now);
  return why === undefined ? undefined : { Error: TOO_LATE, Cause: why };
}
