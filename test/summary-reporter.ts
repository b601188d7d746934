import type { Reporter, TestModule } from 'vitest/node';

/** Ends the run's output with the line that people and CI read: `N passed, N failed`. */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(testModules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    let passed = 0;
    let failed = unhandledErrors.length;
    for (const module of testModules) {
      // A file that does not even load has no tests to count, and must not look green.
      failed += module.errors().length;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') passed += 1;
        else if (state === 'failed') failed += 1;
      }
    }
    // The default reporter prints its own closing lines in this same hook; ours comes after all of them.
    process.on('exit', () => console.log(`${passed} passed, ${failed} failed`));
  }
}
