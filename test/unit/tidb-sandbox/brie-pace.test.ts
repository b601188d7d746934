import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RateLimiter, slowest } from '../../../infra/local/tidb-sandbox/brie/rate-limiter.ts';
import { TaskPool } from '../../../infra/local/tidb-sandbox/brie/task-pool.ts';

describe('a task pool', () => {
  it('runs no more tasks at once than allowed', async () => {
    const pool = new TaskPool(3);
    let [running, most, done] = [0, 0, 0];
    for (let task = 0; task < 10; task += 1) {
      await pool.add(async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise(setImmediate);
        running -= 1;
        done += 1;
      });
    }
    await pool.drain();
    expect([most, running, done]).toEqual([3, 0, 10]);
  });

  it('throws the first failure to the next caller, after which all are settled', async () => {
    const pool = new TaskPool(1);
    const later = vi.fn(async () => undefined);
    await pool.add(() => Promise.reject(new Error('first')));
    await expect(pool.add(later)).rejects.toThrow('first');
    await expect(pool.drain()).rejects.toThrow('first');
    await expect(pool.settle()).resolves.toBeUndefined();
    expect(later).not.toHaveBeenCalled();
  });
});

describe('a rate limiter', () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ['performance'] }));
  afterEach(() => vi.useRealTimers());
  const signal = AbortSignal.timeout(10_000);

  it('lets everything through without a limit', async () => {
    await expect(new RateLimiter(() => undefined).take(1e12, signal)).resolves.toBeUndefined();
  });

  it('takes the time that the bytes require, and stops at once when told to', async () => {
    const controller = new AbortController();
    const limiter = new RateLimiter(() => 1000);
    const waiting = limiter.take(60_000_000, controller.signal);
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('does not wait for less than a timer can measure, but adds it up', async () => {
    const limiter = new RateLimiter(() => 1_000_000);
    await limiter.take(1_000, signal);
    await limiter.take(1_000, signal);
    const aborted = AbortSignal.abort();
    await expect(limiter.take(1_000, aborted)).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('obeys the slowest of several limits', () => {
    expect(slowest(undefined, 5, 3)).toBe(3);
    expect(slowest(undefined, undefined)).toBeUndefined();
  });
});
