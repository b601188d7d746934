import type { Clock } from '../../domain/shared/clock.ts';

/**
 * Waits for a value, for a limited time.
 * @param hurry ends the wait at once
 * @returns `undefined` if there is no value by then
 */
export async function withTimeout<Value>(
  value: Promise<Value>,
  ms: number,
  clock: Pick<Clock, 'sleep'>,
  hurry?: AbortSignal,
): Promise<Value | undefined> {
  const timer = new AbortController();
  const wake = () => timer.abort();
  if (hurry?.aborted) wake();
  hurry?.addEventListener('abort', wake);
  const nothing = () => undefined;
  try {
    return await Promise.race([value, clock.sleep(ms, timer.signal).then(nothing, nothing)]);
  } finally {
    hurry?.removeEventListener('abort', wake);
    timer.abort();
  }
}
