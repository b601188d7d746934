import { describe, expect, it } from 'vitest';
import { nextClockChange, previewRuns } from '../../../../../clients/console/src/logic/next-runs.ts';

const BERLIN = {
  weekdays: ['Saturday', 'Sunday'],
  period: { start: 90, end: 240 },
  timezone: 'Europe/Berlin',
} as const;
const iso = (instant: number | undefined) => instant && new Date(instant).toISOString();

describe('the preview of a strategy', () => {
  it('shows the shorter window of the night in which clocks go forward', () => {
    const runs = previewRuns(BERLIN, Date.UTC(2026, 2, 27), 3);

    expect(runs.map(({ start, end, clockChange }) => [iso(start), iso(end), clockChange])).toEqual([
      ['2026-03-28T00:30:00.000Z', '2026-03-28T03:00:00.000Z', undefined],
      ['2026-03-29T00:30:00.000Z', '2026-03-29T02:00:00.000Z', 'clocks go forward 1 h'],
      ['2026-04-03T23:30:00.000Z', '2026-04-04T02:00:00.000Z', undefined],
    ]);
  });

  it('finds the next change of the clock to the minute', () => {
    expect(iso(nextClockChange('Europe/Berlin', Date.UTC(2026, 5, 1)))).toBe('2026-10-25T01:00:00.000Z');
    expect(iso(nextClockChange('Australia/Lord_Howe', Date.UTC(2026, 5, 1)))).toBe('2026-10-03T15:30:00.000Z');
  });

  it('finds none where the clock never changes', () => {
    expect(nextClockChange('Asia/Tokyo', Date.UTC(2026, 5, 1))).toBeUndefined();
  });
});
