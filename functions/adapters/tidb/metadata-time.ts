import type { TimeLimit } from '../../domain/tidb/tidb.ts';
import { NodeFailure } from '../../domain/workflow/node-failure.ts';
import { isTimeout, type TidbError } from './tidb-error.ts';

/** How long TiDB may take to list what a cluster or a backup holds, in milliseconds: minutes, of 100,000 tables. */
const METADATA_TIMEOUT_MS = 600_000;

export const NO_LIMIT: TimeLimit = { deadline: Number.POSITIVE_INFINITY, outOfTime: '' };

/** Milliseconds for one statement that reads metadata. */
export function metadataTimeoutMs({ deadline }: TimeLimit): number {
  return Math.max(1, Math.min(deadline - Date.now(), METADATA_TIMEOUT_MS));
}

/** Why such a statement was given up; `undefined` if it was not. @param what it was doing */
export function metadataTimeout(error: TidbError, what: string, { deadline, outOfTime }: TimeLimit) {
  if (!isTimeout(error)) return undefined;
  if (Date.now() >= deadline) {
    return new NodeFailure('OutOfTime', `there was not enough time for ${what}: ${outOfTime}`, { cause: error });
  }
  const message = `TiDB took more than ${METADATA_TIMEOUT_MS / 60_000} minutes for ${what}`;
  return new NodeFailure('TidbUnreachable', message, { cause: error });
}
