import { defineConfig } from 'vitest/config';

/** What Stryker runs: tests that call the code in their own process, and no cloud of the whole app. */
export default defineConfig({
  test: {
    root: '.',
    include: ['test/unit/{adapters,api,domain,operations,triggers,worker,workflow}/**/*.test.ts'],
    isolate: false,
    testTimeout: 30_000,
    setupFiles: ['./test/support/hold-fetch.ts'],
  },
});
