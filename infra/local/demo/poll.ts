import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Polls until `read` yields something.
 * @throws after `seconds`, naming what it waited for
 */
export async function poll<T>(
  what: string,
  read: () => Promise<T | undefined>,
  { seconds = 120, everyMs = 200 }: { seconds?: number; everyMs?: number } = {},
): Promise<T> {
  const deadline = performance.now() + seconds * 1_000;
  for (;;) {
    const value = await read();
    if (value !== undefined) return value;
    if (performance.now() > deadline) throw new Error(`${what} did not happen within ${seconds} s`);
    await sleep(everyMs);
  }
}
