import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/{unit,integration,infra,faults}/**/*.test.ts'],
    // A node logs what it meets; of a test that passed, nobody needs to read it.
    silent: 'passed-only',
    globalSetup: ['./test/integration/support/synth-folder.ts'],
    setupFiles: ['./test/support/hold-fetch.ts'],
    reporters: ['default', './test/summary-reporter.ts'],
    // One more than there are cores: half of the tests of the whole app wait for what is slow on purpose.
    maxWorkers: 3,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
