import { defineConfig } from 'vitest/config';

/** What Stryker runs: tests that call the code in their own process, and take less than a minute. */
export default defineConfig({
  test: {
    root: '.',
    include: [
      'test/unit/{adapters,api,domain,operations,worker,workflow}/**/*.test.ts',
      'test/integration/{adapters,api}/**/*.test.ts',
      'test/integration/triggers/{auto-backup,retention}.test.ts',
      'test/integration/workflow/{checks,delete-deaths,locked-files,scratch-check,table-notes}.test.ts',
    ],
    exclude: [
      'test/**/openapi*.test.ts',
      'test/integration/api/{every-error,hostile-requests,over-http,page-tokens,retention,tiem-swagger}.test.ts',
    ],
    isolate: false,
    testTimeout: 30_000,
    setupFiles: ['./test/support/hold-fetch.ts'],
  },
});
