/** Loaded into a function before its bundle: its timers do not let a test wait. The clock itself is the real one. */
const { syncBuiltinESMExports } = require('node:module');
const timers = require('node:timers');
const promises = require('node:timers/promises');

const { setTimeout: set } = timers;
const { setTimeout: sleep } = promises;
// A client that gives up after seconds must not do so because the machine is busy.
const shorter = (ms) => (ms < 4000 ? ms / 10 : 2000);
globalThis.setTimeout = timers.setTimeout = (call, ms, ...rest) => set(call, shorter(ms), ...rest);
promises.setTimeout = (ms, ...rest) => sleep(shorter(ms), ...rest);
syncBuiltinESMExports();
