import { describe, expect, it, vi } from 'vitest';
import { simulateSweep } from '../../../support/simulated-sweep.ts';

describe('a sweep of 10,000 due strategies', () => {
  vi.spyOn(console, 'error').mockReturnValue();
  vi.spyOn(console, 'info').mockReturnValue();

  it('starts all of them in its own time, and is never throttled', async () => {
    const { sweep, seconds, throttled } = await simulateSweep(10_000);

    expect(sweep).toMatchObject({ due: 10_000, started: 10_000, waiting: 0, failed: 0, left: 0 });
    expect(seconds).toBeLessThan(90);
    expect(throttled).toBe(0);
  });

  it('waits for its turn while others start executions, too', async () => {
    const { sweep, throttled } = await simulateSweep(10_000, { others: 80 });

    expect(sweep).toMatchObject({ started: 10_000, failed: 0, left: 0 });
    expect(throttled).toBeGreaterThan(0);
  });

  it('would fail for most of them without a pace', async () => {
    expect((await simulateSweep(10_000, { paced: false })).sweep.failed).toBeGreaterThan(1_000);
  });

  it('leaves the windows open, with the reason, while the account may start no execution', async () => {
    const { sweep, reasons } = await simulateSweep(16, { isFull: true });

    expect(sweep).toMatchObject({ started: 0, waiting: 16, failed: 0 });
    expect([...reasons]).toEqual([expect.stringContaining('accepted no more executions')]);
  });
});
