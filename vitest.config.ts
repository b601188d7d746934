import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // A node logs what it meets; of a test that passed, nobody needs to read it.
    silent: 'passed-only',
    globalSetup: ['./test/integration/support/synth-folder.ts'],
    reporters: ['default', './test/summary-reporter.ts'],
    // One more than there are cores: half of the tests of the whole app wait for what is slow on purpose.
    maxWorkers: 3,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    setupFiles: ['./test/support/hold-fetch.ts'],
    projects: [
      // Pure functions, and a template that is only read: a module that one file has loaded serves the next.
      { extends: true, test: { name: 'pure', include: ['test/{unit,infra}/**/*.test.ts'], isolate: false } },
      { extends: true, test: { name: 'whole', include: ['test/{integration,faults}/**/*.test.ts'] } },
    ],
  },
});
