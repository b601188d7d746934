import type { TimeLimit } from '../../domain/tidb/tidb.ts';
import { NodeFailure } from '../../domain/workflow/node-failure.ts';
import { isTimeout, type TidbError } from './tidb-error.ts';

/** How long TiDB may take to list the contents of a cluster or backup, in milliseconds: minutes for 100,000 tables. */
const METADATA_TIMEOUT_MS = 600_000;

export const NO_LIMIT: TimeLimit = { deadline: Number.POSITIVE_INFINITY, outOfTime: '' };

/** Timeout in milliseconds of one statement that reads metadata. */
export function metadataTimeoutMs({ deadline }: TimeLimit): number {
  return Math.max(1, Math.min(deadline - Date.now(), METADATA_TIMEOUT_MS));
}

/**
 * The failure of a statement that timed out; `undefined` if it did not.
 * @param what it was doing
 */
export function metadataTimeout(error: TidbError, what: string, { deadline, outOfTime }: TimeLimit) {
  if (!isTimeout(error)) return undefined;
  if (Date.now() >= deadline) {
    return new NodeFailure('OutOfTime', `there was not enough time for ${what}: ${outOfTime}`, { cause: error });
  }
  const message = `TiDB took more than ${METADATA_TIMEOUT_MS / 60_000} minutes for ${what}`;
  return new NodeFailure('TidbUnreachable', message, { cause: error });
}
