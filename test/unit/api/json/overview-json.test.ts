import { expect, it } from 'vitest';
import { toClusterOverviewJson } from '../../../../functions/api/json/overview-json.ts';
import type { Strategy } from '../../../../functions/domain/strategy/strategy.ts';
import { aCluster, aFinishedBackup, CREATED } from '../../../support/records.ts';

const HOUR = 3_600_000;
const NOW = Date.parse(CREATED) + 24 * HOUR;
const hoursAgo = (hours: number) => new Date(NOW - hours * HOUR).toISOString();

/** @param hours since the newest finished and the newest verified backup; unset if there is none */
function overview(limits: Partial<Strategy>, finished?: number, verified?: number) {
  const strategy: Strategy = {
    ...{ weekdays: ['Monday'], period: { start: 60, end: 120 }, timezone: 'Europe/Berlin', paused: false },
    ...limits,
  };
  const endOf = (hours: number | undefined) => (hours === undefined ? undefined : hoursAgo(hours));
  const [newest, proven] = [endOf(finished), endOf(verified)];
  const found = {
    cluster: aCluster({ strategy }),
    recent: newest === undefined ? [] : [{ ...aFinishedBackup({ endTime: newest }), scopeKey: '*' }],
    verified: proven === undefined ? undefined : { backupId: 'v', endTime: proven },
    lastFailed: undefined,
    running: undefined,
  };
  return toClusterOverviewJson(found, NOW);
}

it('a cluster is overdue by the newest backup of each kind, and only beyond its limit', () => {
  const limits = { maxBackupAgeHours: 12, maxVerifiedAgeHours: 20 };

  expect(overview(limits, 12, 20)).toMatchObject({ isOverdue: false, isUnverified: false });
  expect(overview(limits, 12.01, 20)).toMatchObject({ isOverdue: true, isUnverified: false });
  expect(overview(limits, 12, 20.01)).toMatchObject({ isOverdue: false, isUnverified: true });
});

it('a cluster without a backup is overdue by the time since its registration', () => {
  expect(overview({ maxBackupAgeHours: 24 })).toMatchObject({ isOverdue: false });
  expect(overview({ maxBackupAgeHours: 23 })).toMatchObject({ isOverdue: true });
});

it('a cluster without a limit is never overdue', () => {
  expect(overview({}, 9_999, 9_999)).toMatchObject({ isOverdue: false, isUnverified: false });
});

it('a paused strategy has no next window, but still a limit', () => {
  expect(overview({}, 1)).toHaveProperty('nextWindow');
  const paused = overview({ paused: true, maxBackupAgeHours: 12 }, 13);

  expect(paused).not.toHaveProperty('nextWindow');
  expect(paused).toMatchObject({ paused: true, isOverdue: true, timezone: 'Europe/Berlin' });
});
