const PRELOAD = `
  import { syncBuiltinESMExports } from 'node:module';
  import timers from 'node:timers';
  import promises from 'node:timers/promises';
  const { setTimeout: set } = timers;
  const { setTimeout: sleep } = promises;
  // A client that gives up after seconds must not do so because the machine is busy.
  const shorter = (ms) => (ms < 4000 ? ms / 10 : 2000);
  globalThis.setTimeout = timers.setTimeout = (call, ms, ...rest) => set(call, shorter(ms), ...rest);
  promises.setTimeout = (ms, ...rest) => sleep(shorter(ms), ...rest);
  syncBuiltinESMExports();
`;

/** Variables of a function whose timers do not let a test wait. The clock itself is the real one. */
export const HASTENED = {
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(PRELOAD)}`,
};
