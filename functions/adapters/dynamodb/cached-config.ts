import type { ConfigStore } from '../../domain/config/config-store.ts';
import type { Clock } from '../../domain/shared/clock.ts';

/** How long a change of the configuration by another function may go unnoticed. */
const MAX_AGE_MS = 5_000;

/** Caches the configuration between requests in quick succession. Writes through the cache are visible at once. */
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
