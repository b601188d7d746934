import { describe, expect, it } from 'vitest';
import { strategyRequest, toStrategyJson } from '../../../../functions/api/json/strategy-json.ts';
import type { Strategy } from '../../../../functions/domain/strategy/strategy.ts';
import { aCluster, CREATED, later } from '../../../support/records.ts';

describe('the days of full backups', () => {
  const errorsOf = (fullBackupDate: string) =>
    strategyRequest
      .safeParse({ backupDate: 'Monday,Friday', period: '1:00-2:00', fullBackupDate })
      .error?.issues.map(({ path, message }) => [path.join('.'), message]);

  it('are all among the days of backupDate', () => {
    expect(errorsOf('Friday')).toBeUndefined();
    expect(errorsOf('')).toBeUndefined();
    for (const days of ['Sunday', 'Friday,Sunday']) {
      expect(errorsOf(days)).toEqual([['fullBackupDate', 'must name days of backupDate']]);
    }
  });
});

describe('a strategy that is sent back as it was answered', () => {
  const NOW = Date.parse(CREATED);
  const STRATEGY: Strategy = {
    ...{ weekdays: ['Monday', 'Friday'], fullWeekdays: ['Friday'], period: { start: 60, end: 120 }, timezone: 'UTC' },
    ...{ paused: false, fallbackToFull: false, scope: { databases: ['shop'] }, maxBackupAgeHours: 30 },
    ...{ retention: { keepLast: 7 }, maxVerifiedAgeHours: 200 },
    drill: {
      ...{ weekdays: ['Monday'], assertions: ['SELECT 1'], parameters: { size: 'small' }, executor: 'fargate' },
      source: 'copy',
    },
  };
  const answered = (strategy: Strategy) => JSON.parse(JSON.stringify(toStrategyJson(aCluster({ strategy }), NOW)));

  it('stays what it was, in every field', () => {
    expect(strategyRequest.parse(answered(STRATEGY))).toEqual({ ...STRATEGY, isSentBack: true });
  });

  it('is known by its nextRuns', () => {
    const { nextRuns: _, ...request } = answered(STRATEGY);

    expect(strategyRequest.parse(request)).toHaveProperty('isSentBack', false);
  });

  it('shows of a drill only what was asked for', () => {
    const drill: Strategy['drill'] = { weekdays: ['Monday'], assertions: [], parameters: {} };

    expect(answered({ ...STRATEGY, drill }).drill).toEqual({ backupDate: 'Monday' });
  });

  it('must name a weekday for its drills', () => {
    const request = { ...answered(STRATEGY), drill: { backupDate: '' } };

    expect(strategyRequest.safeParse(request).error?.issues).toMatchObject([
      { path: ['drill', 'backupDate'], message: 'must name a weekday' },
    ]);
  });

  it('shows the windows that ended without a backup', () => {
    const window = { start: CREATED, end: later(60), reason: 'held' };
    const cluster = aCluster({ strategy: STRATEGY, lastMissed: window, lastCanceled: { ...window, reason: 'paused' } });

    const { lastMissed, lastCanceled } = toStrategyJson(cluster, NOW);

    expect([lastMissed?.reason, lastCanceled?.reason]).toEqual(['held', 'paused']);
  });
});
