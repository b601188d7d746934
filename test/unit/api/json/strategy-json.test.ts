import { describe, expect, it } from 'vitest';
import { strategyRequest } from '../../../../functions/api/json/strategy-json.ts';

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
