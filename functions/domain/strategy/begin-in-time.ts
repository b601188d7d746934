import type { BackupRecord } from '../backup/backup-record.ts';
import type { Maintenance } from '../cluster/cluster.ts';
import type { NodeFailureName } from '../workflow/failure-table.ts';
import { type CaughtError, NodeFailure } from '../workflow/node-failure.ts';

/** Why a workflow ended that was kept waiting until it was too late. */
export const TOO_LATE = 'TooLateToBegin' satisfies NodeFailureName;

export const CANCELED = 'BackupCanceled' satisfies NodeFailureName;

/** So long any operation has to begin, also one that was started at the very end of its window. */
const GRACE_MS = 5 * 60_000;

/** So long an operation that a user asked for is kept waiting. */
const DAY_MS = 24 * 3_600_000;

/** When a waiting operation is given up: as its window ends, or a day after a user asked for it. Milliseconds since 1970. */
function beginsBy({ since, claim }: Pick<Maintenance, 'since' | 'claim'>): number {
  const asked = Date.parse(since);
  return claim?.windowEnd === undefined ? asked + DAY_MS : Math.max(Date.parse(claim.windowEnd), asked + GRACE_MS);
}

/**
 * Whether an operation that has not begun may still do so. Nodes are retried for as long as Lambda refuses to invoke them, and nothing
 * in a state machine knows the window.
 * @param maintenance by which it holds its cluster
 * @returns why not; `undefined`: it may
 */
export function whyTooLate(maintenance: Maintenance, now: number): string | undefined {
  if (now < beginsBy(maintenance)) return undefined;
  const until = maintenance.claim === undefined ? 'within 24 hours' : 'while the window was open';
  return `Lambda did not run its functions ${until}: they were throttled (429), or idle ones were not ready yet`;
}

/** @throws NodeFailure TooLateToBegin */
export function assertInTime(maintenance: Maintenance | undefined, now: number): void {
  const why = maintenance && whyTooLate(maintenance, now);
  if (why !== undefined) throw new NodeFailure(TOO_LATE, why);
}

/** Why a backup that still waits to begin is not to be waited for; `undefined`: it may begin, or has begun. */
export function whyGivenUp(record: BackupRecord, maintenance: Maintenance, now: number): CaughtError | undefined {
  if (record.status !== 'Initializing') return undefined;
  if (record.cancelRequested) return { Error: CANCELED, Cause: 'a user cancelled the backup' };
  const why = whyTooLate(maintenance, now);
  return why === undefined ? undefined : { Error: TOO_LATE, Cause: why };
}
