import { describe, expect, it } from 'vitest';
import { describeShift, isPeriod, isTimeZone, weekdaysOf } from '../../../../../clients/console/src/logic/schedule.ts';
import { formatWeekdays, PERIOD_PATTERN, WEEKDAYS } from '../../../../../functions/domain/strategy/backup-window.ts';

describe('the form of a strategy', () => {
  it('reads the days that the API writes', () => {
    expect(weekdaysOf(formatWeekdays(['Monday', 'Friday']))).toEqual(['Monday', 'Friday']);
    expect(weekdaysOf(formatWeekdays(WEEKDAYS))).toEqual(WEEKDAYS);
    expect(weekdaysOf('')).toEqual([]);
  });

  it.each(['22:00-2:00', '7:05 - 24:00', ' 0:00-0:00 ', '24:00-1:00', '7-9', '7:60-8:00', '', '22:00'])(
    'accepts the window "%s" if the API does',
    (text) => {
      expect(isPeriod(text)).toBe(new RegExp(PERIOD_PATTERN).test(text));
    },
  );

  it.each([
    ['Europe/Berlin', true],
    ['UTC', true],
    ['+02:00', false],
    ['Europe/Atlantis', false],
    ['', false],
  ])('knows whether %s is a time zone', (zone, expected) => {
    expect(isTimeZone(zone)).toBe(expected);
  });

  it('says how the clock moves', () => {
    expect(describeShift(60)).toBe('clocks go forward 1 h');
    expect(describeShift(-30)).toBe('clocks go back 30 min');
  });
});
