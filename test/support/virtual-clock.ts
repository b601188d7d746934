import type { Clock } from '../../functions/domain/shared/clock.ts';

/** A clock that jumps to the next awaited moment as soon as nothing else is left to do: hours pass in milliseconds. */
export class VirtualClock implements Clock {
  #now = Date.parse('2026-03-01T10:00:00.000Z');
  #sleepers: { at: number; wake: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const sleeper = { at: this.#now + ms, wake: resolve };
      this.#sleepers.push(sleeper);
      signal?.addEventListener('abort', () => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        reject(signal.reason);
      });
      // All promises that can settle do so before the next turn of the event loop.
      setImmediate(() => this.#wakeNext());
    });
  }

  #wakeNext(): void {
    const next = this.#sleepers.toSorted((a, b) => a.at - b.at)[0];
    if (next === undefined) return;
    this.#sleepers = this.#sleepers.filter((other) => other !== next);
    this.#now = next.at;
    next.wake();
    setImmediate(() => this.#wakeNext());
  }
}
