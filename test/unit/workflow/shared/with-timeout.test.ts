import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { withTimeout } from '../../../../functions/workflow/shared/with-timeout.ts';

/** A clock whose sleeps end only when they are cut short, and which records their length. */
function prepare() {
  const timers: { ms: number; signal: AbortSignal | undefined }[] = [];
  const sleep = (ms: number, signal?: AbortSignal) => {
    timers.push({ ms, signal });
    return new Promise<void>((resolve) => {
      if (signal?.aborted) resolve();
      signal?.addEventListener('abort', () => resolve());
    });
  };
  return { clock: { sleep }, timers };
}

const never = new Promise<never>(() => {});

describe('waiting for a value', () => {
  it('returns it, and leaves neither a timer nor a listener behind', async () => {
    const { clock, timers } = prepare();
    const hurry = new AbortController();

    expect(await withTimeout(Promise.resolve('answer'), 100, clock, hurry.signal)).toBe('answer');

    expect(timers).toEqual([{ ms: 100, signal: expect.objectContaining({ aborted: true }) }]);
    expect(getEventListeners(hurry.signal, 'abort')).toEqual([]);
  });

  it('returns undefined once the time is up, even if the clock cannot sleep', async () => {
    expect(await withTimeout(never, 100, { sleep: async () => {} })).toBeUndefined();
    expect(await withTimeout(never, 100, { sleep: async () => Promise.reject(new Error('stopped')) })).toBeUndefined();
  });

  it('ends at once when it is interrupted, before or meanwhile', async () => {
    const { clock } = prepare();
    const meanwhile = new AbortController();
    queueMicrotask(() => meanwhile.abort());

    expect(await withTimeout(never, 100, clock, AbortSignal.abort())).toBeUndefined();
    expect(await withTimeout(never, 100, clock, meanwhile.signal)).toBeUndefined();
  });

  it('is not cut short without an interruption', async () => {
    const { clock, timers } = prepare();
    const value = new Promise((resolve) => setImmediate(resolve, 'late'));

    expect(await withTimeout(value, 100, clock, new AbortController().signal)).toBe('late');
    expect(timers).toHaveLength(1);
  });
});
