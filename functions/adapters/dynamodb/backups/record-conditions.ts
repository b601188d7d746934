import { all, is, isOneOf } from '../expressions.ts';

export const isFinished = is('status', 'Finished');

/** Nothing has ended it yet. */
export const isUnended = isOneOf('status', 'Initializing', 'Processing');

/**
 * Lets only the node of the newest attempt write:
 *
 *     attempt 1: startAttempt (1) ── cut off, still alive ─────────────── progress, finish
 *     attempt 2: ─────────────────────────────────── startAttempt (2)                      its files would be lost
 */
export const isCurrent = (attempt: number) => all(is('status', 'Processing'), is('attempts', attempt));

/** No execution of its workflow has begun, or the record is gone. */
export const isUnstarted = is('status', 'Initializing');
