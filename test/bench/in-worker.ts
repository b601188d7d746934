import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { CountedPart } from './counted-part.ts';
import type { Figure } from './figures.ts';

/** Room for a million records, whose index entries become garbage as fast as they are written. */
const MEMORY = { maxOldGenerationSizeMb: 16_384, maxYoungGenerationSizeMb: 192 };

/** Measures a part in a thread of its own. */
export async function inWorker(part: CountedPart): Promise<Figure[]> {
  const worker = new Worker(new URL('./counted-part.ts', import.meta.url), {
    workerData: part,
    resourceLimits: MEMORY,
  });
  const [figures]: Figure[][] = await once(worker, 'message');
  return figures ?? [];
}
