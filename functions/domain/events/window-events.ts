import * as z from 'zod/mini';
import { identifier } from '../shared/identifiers.ts';
import { missedWindow } from '../strategy/strategy.ts';

/**
 * A missed backup window, as published to the tenant's default event bus. Rules match on `source` and `detailType`.
 * Delivered at least once; cluster and start identify a window.
 */
export const WINDOW_MISSED = { source: 'tidb.backup', detailType: 'Backup Window Missed', version: '1' } as const;

/** The event's `detail`: the cluster, the window (`start` and `end` in UTC), and why no backup was started in it. */
export const windowMissed = z.object({ clusterId: identifier, ...missedWindow.shape });
export type WindowMissed = z.infer<typeof windowMissed>;

export interface WindowEvents {
  /** Rejects if one of them could not be sent; others may have been. */
  missed(windows: readonly WindowMissed[]): Promise<void>;
}
