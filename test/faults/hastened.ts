import { join } from 'node:path';

// Required, not imported: that would cost each of some hundred processes a tenth of its start.
const TIMERS = join(import.meta.dirname, 'hastened-timers.cjs');

/** Variables of a function whose timers do not let a test wait. The clock itself is the real one. */
export const HASTENED = { NODE_OPTIONS: `--require=${JSON.stringify(TIMERS)}` };
