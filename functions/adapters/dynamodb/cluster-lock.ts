import type { Maintenance } from '../../domain/cluster/cluster.ts';
import { copyOf, is, isMissing } from './expressions.ts';
import { activeKind, DUE_INDEXES } from './tables.ts';

/** Conditions of the lock of invariant 1, for the stores that take and free it. */
export const isFree = isMissing('maintenance');
export const isHeldBy = (operationId: string) => is('maintenance.operationId', operationId);

/** What a held cluster has: where it is held, it is in ACTIVE_INDEX, so the two are written together. */
export function holdAttributes(maintenance: Maintenance) {
  return { maintenance, activeKind: activeKind(maintenance), activeSince: maintenance.since };
}

/**
 * Releases a held cluster. What the operation did may let retention remove something, so its sweep looks again. The time
 * is that of the operation's start, which is in the past and differs from that of every other operation.
 */
export const RELEASE = {
  set: { [DUE_INDEXES.retention.sortKey]: copyOf('maintenance.since') },
  remove: ['maintenance', 'activeKind', 'activeSince'],
};
