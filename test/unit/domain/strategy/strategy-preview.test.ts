import { describe, expect, it } from 'vitest';
import { previewOf } from '../../../../functions/domain/strategy/strategy-preview.ts';

const BERLIN = {
  weekdays: ['Saturday', 'Sunday'],
  period: { start: 90, end: 240 },
  timezone: 'Europe/Berlin',
  paused: false,
} as const;

describe('the preview of a strategy', () => {
  it('shows the shorter window of the night in which clocks go forward', () => {
    const { windows } = previewOf(BERLIN, Date.UTC(2026, 2, 27));

    expect(windows).toHaveLength(6);
    expect(windows.slice(0, 3)).toEqual([
      { start: '2026-03-28T00:30:00.000Z', end: '2026-03-28T03:00:00.000Z' },
      { start: '2026-03-29T00:30:00.000Z', end: '2026-03-29T02:00:00.000Z', clockShiftMinutes: 60 },
      { start: '2026-04-03T23:30:00.000Z', end: '2026-04-04T02:00:00.000Z' },
    ]);
  });

  it('shows the windows of the week before and after the next clock change', () => {
    expect(previewOf(BERLIN, Date.UTC(2026, 5, 1)).clockChange).toEqual({
      at: '2026-10-25T01:00:00.000Z',
      windows: [
        { start: '2026-10-17T23:30:00.000Z', end: '2026-10-18T02:00:00.000Z' },
        { start: '2026-10-23T23:30:00.000Z', end: '2026-10-24T02:00:00.000Z' },
        { start: '2026-10-24T23:30:00.000Z', end: '2026-10-25T03:00:00.000Z', clockShiftMinutes: -60 },
        { start: '2026-10-31T00:30:00.000Z', end: '2026-10-31T03:00:00.000Z' },
        { start: '2026-11-01T00:30:00.000Z', end: '2026-11-01T03:00:00.000Z' },
      ],
    });
  });

  it('finds a change of half an hour to the minute', () => {
    const preview = previewOf({ ...BERLIN, timezone: 'Australia/Lord_Howe' }, Date.UTC(2026, 5, 1, 0, 0, 30));

    expect(preview.clockChange).toMatchObject({ at: '2026-10-03T15:30:00.000Z' });
    expect(preview.clockChange?.windows).toContainEqual(expect.objectContaining({ clockShiftMinutes: 30 }));
  });

  it('finds no change where the clock never changes', () => {
    expect(previewOf({ ...BERLIN, timezone: 'Asia/Tokyo' }, Date.UTC(2026, 5, 1))).not.toHaveProperty('clockChange');
  });

  it.each([
    ['is paused', { ...BERLIN, paused: true }],
    ['has no days', { ...BERLIN, weekdays: [] }],
  ])('is empty for a strategy that %s', (_, schedule) => {
    expect(previewOf(schedule, 0)).toEqual({ windows: [] });
  });
});
