import type { ConfigStore } from '../../domain/config/config-store.ts';
import type { Clock } from '../../domain/shared/clock.ts';

/** For how long another function's change of the configuration may go unseen. */
const MAX_AGE_MS = 5_000;

/** Remembers the configuration between requests that come close together. What is written through it is seen at once. */
export function cachedConfig(store: ConfigStore, clock: Pick<Clock, 'now'>): ConfigStore {
  let cached: { value: ReturnType<ConfigStore['read']>; readAt: number } | undefined;
  return {
    async read() {
      if (cached === undefined || clock.now() - cached.readAt > MAX_AGE_MS) {
        cached = { value: store.read(), readAt: clock.now() };
      }
      const { value } = cached;
      return await value.catch((error: unknown) => {
        cached = undefined;
        throw error;
      });
    },
    readLatest: async () => await store.readLatest(),
    async write(key, value, at) {
      await store.write(key, value, at);
      cached = undefined;
    },
  };
}
