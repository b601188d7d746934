import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/{unit,integration,infra,faults}/**/*.test.ts'],
    // A node logs what it meets; of a test that passed, nobody needs to read it.
    silent: 'passed-only',
    globalSetup: ['./test/integration/support/synth-folder.ts'],
    setupFiles: ['./test/support/hold-fetch.ts'],
    reporters: ['default', './test/summary-reporter.ts'],
    // Two cores: more workers than that only makes every test slower.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
