import { defineConfig } from 'vitest/config';
import LongestFirst from './test/support/longest-first.ts';

/** Run the whole app, each function in a process of its own. */
const APP = [
  'test/faults/**/*.test.ts',
  'test/integration/app/**/*.test.ts',
  'test/integration/api/over-http.test.ts',
  'test/integration/local-cloud/{app,auto-backup}.test.ts',
];
/** Drive a browser, or replace modules. */
const ISOLATED = ['test/browser/**/*.test.ts', 'test/unit/triggers/entries.test.ts'];

export default defineConfig({
  test: {
    // A node logs what it meets; of a test that passed, nobody needs to read it.
    silent: 'passed-only',
    globalSetup: ['./test/support/run-folder.ts'],
    reporters: ['default', './test/summary-reporter.ts'],
    // Two more than there are cores: half of the tests of the whole app wait for what is slow on purpose.
    maxWorkers: 4,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Most of what is waited for takes seconds, and asking costs more than waiting.
    expect: { poll: { interval: 150 } },
    setupFiles: ['./test/support/hold-fetch.ts', './test/support/temporary-folder.ts'],
    sequence: { sequencer: LongestFirst },
    projects: [
      // Nothing keeps state in a module, so files share what a worker has loaded.
      { extends: true, test: { name: 'app', include: APP, isolate: false, expect: { poll: { interval: 300 } } } },
      { extends: true, test: { name: 'isolated', include: ISOLATED } },
      {
        extends: true,
        test: { name: 'shared', include: ['test/**/*.test.ts'], exclude: [...APP, ...ISOLATED], isolate: false },
      },
    ],
  },
});
