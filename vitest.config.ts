import { defineConfig } from 'vitest/config';

const SHARED = [
  'test/{unit,infra}/**/*.test.ts',
  'test/integration/{adapters,local-cloud,tidb-sandbox,triggers}/**/*.test.ts',
  'test/integration/api/!(every-error).test.ts',
];

export default defineConfig({
  test: {
    // A node logs what it meets; of a test that passed, nobody needs to read it.
    silent: 'passed-only',
    globalSetup: ['./test/support/run-folder.ts'],
    reporters: ['default', './test/summary-reporter.ts'],
    // One more than there are cores: half of the tests of the whole app wait for what is slow on purpose.
    maxWorkers: 3,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Most of what is waited for takes seconds, and asking costs more than waiting.
    expect: { poll: { interval: 150 } },
    setupFiles: ['./test/support/hold-fetch.ts', './test/support/temporary-folder.ts'],
    projects: [
      // Nothing here keeps state in a module: what one file has loaded serves the next.
      { extends: true, test: { name: 'shared', include: SHARED, isolate: false } },
      // A node's function keeps its clients and its configuration from one invocation to the next.
      {
        extends: true,
        test: { name: 'isolated', include: ['test/{integration,faults,browser}/**/*.test.ts'], exclude: SHARED },
      },
    ],
  },
});
