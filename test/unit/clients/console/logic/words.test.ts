import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  formatAgo,
  formatBytes,
  formatCount,
  formatDuration,
  formatInZones,
  formatTime,
  formatType,
  formatUsd,
  timeOf,
} from '../../../../../clients/console/src/logic/format.ts';
import { byUrgency, problemsOf, timeLeft } from '../../../../../clients/console/src/logic/health.ts';
import { link, placeOf } from '../../../../../clients/console/src/logic/route.ts';
import { alarmOf, runbookEntry } from '../../../../../clients/console/src/logic/runbook.ts';
import { scopeOf } from '../../../../../clients/console/src/logic/scopes.ts';
import { COMMAND_ROUTES } from '../../../../../functions/api/routes/command-routes.ts';
import { QUERY_ROUTES } from '../../../../../functions/api/routes/query-routes.ts';
import { FLOWS } from '../../../../../functions/domain/workflow/workflow.ts';

const RUNBOOK = readFileSync(join(import.meta.dirname, '../../../../../docs/runbook.md'), 'utf8');

it.each([
  [formatBytes('0'), '0 B'],
  [formatBytes('1611137024'), '1.50 GiB'],
  [formatBytes(undefined), '–'],
  [formatDuration(1_400), '1.4 s'],
  [formatDuration(302_000), '5 min 2 s'],
  [formatDuration(2 * 86_400_000 + 3 * 3_600_000 + 60_000), '2 d 3 h'],
  [formatAgo('2026-01-01T00:00:00Z', Date.UTC(2026, 0, 1, 2)), '2 h ago'],
  [formatAgo('2026-01-02T00:00:00Z', Date.UTC(2026, 0, 1)), 'in 1 d'],
  [formatUsd(0.001), 'less than $0.01'],
  [formatUsd(-3), '−$3.00'],
  [String(timeOf('0001-01-01T00:00:00Z')), 'undefined'],
  [formatUsd(2.3), '$2.30'],
  [formatCount('9007199254740993'), '9,007,199,254,740,993'],
  [formatCount(undefined), '–'],
  [formatType('incr', 'auto'), 'incremental, auto'],
  [formatInZones(Date.UTC(2026, 0, 1), 'Asia/Tokyo'), /^Thu, Jan 1, 2026, 09:00 GMT\+9( \(.+ your time\))?$/],
  [formatInZones(0, Intl.DateTimeFormat().resolvedOptions().timeZone), formatTime(0)],
])('writes %s', (written, expected) => {
  if (expected instanceof RegExp) expect(written).toMatch(expected);
  else expect(written).toBe(expected);
});

describe('the health of a cluster', () => {
  const NOW = Date.UTC(2026, 0, 8);
  const healthy = {
    ...{ clusterId: 'a', clusterName: 'a', timezone: 'UTC', maintenanceStatus: '' as const },
    recentBackups: [{ backupId: 'b', backupType: 'full' as const, endTime: '2026-01-07T00:00:00Z', sizeBytes: '1' }],
    ...{ isOverdue: false, isUnverified: false },
  };

  it('is good without problems', () => {
    expect(problemsOf(healthy, NOW)).toEqual([]);
  });

  it('names an overdue backup first', () => {
    const cluster = { ...healthy, isOverdue: true, maxBackupAgeHours: 26, paused: true };

    expect(problemsOf(cluster, NOW)).toMatchObject([{ severity: 'error', text: 'No finished backup in 26 hours' }, {}]);
  });

  it('leads from each problem to the page about it', () => {
    const cluster = {
      ...healthy,
      ...{ isOverdue: true, maxBackupAgeHours: 26, isUnverified: true, maxVerifiedAgeHours: 90, paused: true },
      checkStatus: 'failed' as const,
      lastFailed: { backupId: 'bad', endTime: '2026-01-07T23:00:00Z', error: 'x'.repeat(200) },
      lastMissed: { start: '2026-01-07T00:00:00Z', end: '2026-01-07T02:00:00Z', reason: 'held' },
    };

    const problems = problemsOf(cluster, NOW);

    expect(problems.map(({ href }) => href)).toEqual([
      ...['#/clusters/a/timeline', '#/backups/bad', '#/clusters/a/check', '#/backups/b'],
      ...['#/clusters/a/timeline', '#/clusters/a/strategy'],
    ]);
    expect(problems[1]?.text).toMatch(/^Backup failed: x+…$/);
    expect(problems[1]?.text.length).toBeLessThan(140);
  });

  it('forgets a missed window after a week', () => {
    const missed = (end: string) => ({ ...healthy, lastMissed: { start: end, end, reason: 'held' } });

    expect(problemsOf(missed('2026-01-07T00:00:00Z'), NOW)).toHaveLength(1);
    expect(problemsOf(missed('2025-12-31T00:00:00Z'), NOW)).toEqual([]);
  });

  it('sorts open problems first', () => {
    const overdue = { ...healthy, clusterId: 'z', clusterName: 'z', isOverdue: true };
    const running = { ...healthy, clusterId: 'r', clusterName: 'r', maintenanceStatus: 'BackUp' as const };

    expect([healthy, running, overdue].sort(byUrgency(NOW)).map(({ clusterId }) => clusterId)).toEqual(['z', 'r', 'a']);
  });

  it('estimates the time left from the rate so far', () => {
    expect(timeLeft('2026-01-07T23:50:00Z', 25, NOW)).toBe(1_800_000);
    expect(timeLeft('2026-01-07T23:50:00Z', 0, NOW)).toBeUndefined();
  });
});

describe('addresses of pages', () => {
  it.each([
    ['', { page: 'overview' }],
    ['#/clusters/a%2Fb', { page: 'cluster', clusterId: 'a/b', tab: 'timeline' }],
    ['#/clusters/a/strategy', { page: 'cluster', clusterId: 'a', tab: 'strategy' }],
    ['#/backups/b/restore', { page: 'restore', backupId: 'b' }],
    ['#/workflows/w', { page: 'workflow', workFlowId: 'w' }],
    ['#/clusters/%E0%A4%A', { page: 'unknown' }],
  ])('%s', (hash, place) => {
    expect(placeOf(hash)).toEqual(place);
  });

  it('escape ids', () => {
    expect(placeOf(link('backups', '#/?'))).toEqual({ page: 'backup', backupId: '#/?' });
  });
});

it('knows the scope of every route', () => {
  const wrong = Object.entries({ ...QUERY_ROUTES, ...COMMAND_ROUTES }).filter(
    ([name, { scope }]) => scopeOf(name) !== scope,
  );

  expect(wrong.map(([name]) => name)).toEqual([]);
});

it('finds the entry of the runbook for every workflow that raises an alarm', () => {
  const alarms = Object.keys(FLOWS).flatMap((flow) => alarmOf(flow) ?? []);

  expect(alarms).toHaveLength(6);
  for (const alarm of alarms) expect(runbookEntry(RUNBOOK, alarm)?.paragraphs[0]).toMatch(/^Meaning\. /);
  expect(runbookEntry(RUNBOOK, 'BackupFailed')?.paragraphs).toContain('• Disk space, or TiKV is down: repair TiDB.');
  expect(runbookEntry(RUNBOOK, 'DeleteBackupFailed')?.paragraphs.join()).not.toContain('### ');
});
