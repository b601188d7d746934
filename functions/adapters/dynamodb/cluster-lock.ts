import type { Maintenance } from '../../domain/cluster/cluster.ts';
import { is, isMissing } from './expressions.ts';
import { activeKind } from './tables.ts';

/** Conditions of the lock of invariant 1, for the stores that take and free it. */
export const isFree = isMissing('maintenance');
export const isHeldBy = (operationId: string) => is('maintenance.operationId', operationId);

/** What a held cluster has: where it is held, it is in ACTIVE_INDEX, so the two are written together. */
export function holdAttributes(maintenance: Maintenance) {
  return { maintenance, activeKind: activeKind(maintenance), activeSince: maintenance.since };
}

/** The attributes of {@link holdAttributes}, which go as the cluster is freed. */
export const HOLD = ['maintenance', 'activeKind', 'activeSince'];
