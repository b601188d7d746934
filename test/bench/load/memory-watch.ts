import type { FunctionName } from '../../../functions/environment.ts';
import type { LocalCloud } from '../../../infra/local/local-cloud.ts';
import { functionOf } from '../../support/bundles.ts';
import { residentMiB } from '../process-memory.ts';

/** Only functions that run all the time are watched. */
const WATCHED: readonly FunctionName[] = ['query', 'command', 'backup'];

const EVERY_MS = 1_000;

/** Resident memory of the functions' processes, once a second. */
export class MemoryWatch {
  /** MiB by process, in order of time. */
  readonly #sizes = new Map<FunctionName, Map<number, number[]>>();
  readonly #timer: NodeJS.Timeout;

  constructor(cloud: LocalCloud) {
    this.#timer = setInterval(() => this.#look(cloud), EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** The number of processes per function, the size of the largest, and the growth of the median one, in MiB. */
  figures(): { name: FunctionName; processes: number; peak: number; growth: number }[] {
    return [...this.#sizes].map(([name, processes]) => {
      const all = [...processes.values()];
      return {
        name,
        processes: all.length,
        peak: Math.max(...all.flat()),
        growth: median(all.map(growthOf)),
      };
    });
  }

  #look(cloud: LocalCloud): void {
    for (const { logicalId, processes } of cloud.functions()) {
      const name = functionOf(logicalId);
      if (name === undefined || !WATCHED.includes(name)) continue;
      const sizes = this.#sizes.get(name) ?? new Map<number, number[]>();
      this.#sizes.set(name, sizes);
      for (const { pid } of processes) {
        const size = residentMiB(pid);
        if (size !== undefined) sizes.set(pid, [...(sizes.get(pid) ?? []), size]);
      }
    }
  }
}

/** From the middle of its time to the end: at first a process grows while it compiles its code. */
function growthOf(sizes: readonly number[]): number {
  const half = Math.floor(sizes.length / 2);
  return (sizes.at(-1) ?? 0) - (sizes[half] ?? 0);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
