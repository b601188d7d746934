import { parentPort, workerData } from 'node:worker_threads';
import { listPageFigures } from './list-pages.ts';
import { sweepFigures } from './sweep.ts';

/** A part that counts, in place of measuring time. */
export type CountedPart = { part: 'lists' } | { part: 'sweeps'; sizes: readonly number[] };

const counted: CountedPart = workerData;
parentPort?.postMessage(counted.part === 'lists' ? await listPageFigures() : await sweepFigures(counted.sizes));
