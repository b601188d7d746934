import { setTimeout as delay } from 'node:timers/promises';

/** Milliseconds between two polls. Slow operations are polled less often: most polls go to functions, and cost more than waiting. */
const PAUSE = { first: 20, longest: 300 };

/** Polls until the result is defined; fails after `seconds` with what it waited for. */
export async function until<Value>(
  what: string,
  ask: () => Promise<Value | undefined> | Value | undefined,
  seconds = 10,
): Promise<Value> {
  const deadline = Date.now() + seconds * 1000;
  for (let pause = PAUSE.first; ; pause = Math.min(pause * 1.5, PAUSE.longest)) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error(`gave up waiting for ${what} after ${seconds} s`);
    await delay(pause);
  }
}
