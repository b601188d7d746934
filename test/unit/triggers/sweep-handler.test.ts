import { expect, it, vi } from 'vitest';
import { sweepHandler } from '../../../functions/triggers/sweep-handler.ts';

const NOON = '2026-03-01T12:00:00.000Z';

it("sweeps for the event's time, and returns the result", async () => {
  const sweep = vi.fn(async () => ({ started: 1 }));
  const handler = sweepHandler('swept', 1_000, sweep);

  expect(await handler({ time: NOON }, { getRemainingTimeInMillis: () => 5_000 })).toEqual({ started: 1 });
  expect(sweep).toHaveBeenCalledWith(Date.parse(NOON), expect.any(Function));
});

it("has time for another item until only one item's time is left", async () => {
  let left = 1_001;
  const handler = sweepHandler('swept', 1_000, async (_now, hasTime) => {
    const before = hasTime();
    left = 1_000;
    return { before, after: hasTime() };
  });

  expect(await handler({ time: NOON }, { getRemainingTimeInMillis: () => left })).toEqual({
    before: true,
    after: false,
  });
});

it('rejects an event without a time', async () => {
  const handler = sweepHandler('swept', 0, async () => ({}));

  await expect(handler({}, { getRemainingTimeInMillis: () => 0 })).rejects.toThrow();
});
