/**
 * A token bucket, as AWS limits calls.
 * @param rate tokens a second
 * @param burst how many it holds; full at first
 * @returns whether another call may come in; `now` in milliseconds
 */
export function tokenBucket(rate: number, burst: number): (now?: number) => boolean {
  let tokens = burst;
  let filledAt = 0;
  return (now = performance.now()) => {
    tokens = Math.min(burst, tokens + ((now - filledAt) / 1000) * rate);
    filledAt = now;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}
