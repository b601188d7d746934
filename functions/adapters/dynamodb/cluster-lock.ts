import type { Maintenance } from '../../domain/cluster/cluster.ts';
import { activeKind } from './tables.ts';

/**
 * The lock of invariant 1 in expressions of DynamoDB, for the stores that take and free it. Where a cluster is held, it is
 * in ACTIVE_INDEX, so the two are written together.
 */
export const HOLD = 'maintenance = :maintenance, activeKind = :activeKind, activeSince = :activeSince';
export const LET_GO = 'maintenance, activeKind, activeSince';

export const IS_FREE = 'attribute_not_exists(maintenance)';
export const IS_OURS = 'maintenance.operationId = :operationId';

/** Values of {@link HOLD}. */
export function holdValues(maintenance: Maintenance): Record<string, unknown> {
  return {
    ':maintenance': maintenance,
    ':activeKind': activeKind(maintenance),
    ':activeSince': maintenance.since,
  };
}

/** The attributes that {@link HOLD} sets, for an item that is written whole. */
export function holdAttributes(maintenance: Maintenance) {
  return { maintenance, activeKind: activeKind(maintenance), activeSince: maintenance.since };
}
