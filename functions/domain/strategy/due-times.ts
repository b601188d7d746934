import type { DueTimes } from '../cluster/due-store.ts';
import { type Strategy, windowsOfDrills } from './strategy.ts';

/**
 * When sweeps look first at a cluster whose strategy is new. What depends on its backups is looked at at once: saving a
 * strategy reads none.
 */
export function dueTimes(strategy: Strategy, now: number): DueTimes {
  const { retention, paused, maxBackupAgeHours, maxVerifiedAgeHours } = strategy;
  const at = new Date(now).toISOString();
  const drill = nextDrillAt(strategy, now);
  return {
    ...((maxBackupAgeHours !== undefined || maxVerifiedAgeHours !== undefined) && { overdue: at }),
    ...(drill !== undefined && { drill }),
    ...(retention !== undefined && !paused && { retention: at }),
  };
}

/** When the first drill is due that can still be started at `now`; unset if there is none. */
export function nextDrillAt(strategy: Strategy, now: number): string | undefined {
  const [window] = windowsOfDrills(strategy, now, 1);
  return window && new Date(window.end).toISOString();
}
