import * as z from 'zod/mini';
import type { CheckpointStore, RestoredBatches } from './checkpoint-store.ts';
import type { ExternalStorage } from './external-storage.ts';
import type { BrieJob } from './job.ts';
import { openStorage } from './open-storage.ts';

/** Time in which a canceled restore may save its checkpoint. */
const TIMEOUT_MS = 5_000;

const doneSchema = z.array(
  z.object({
    tableId: z.pipe(
      z.string().check(z.regex(/^\d+$/)),
      z.transform((text) => BigInt(text)),
    ),
    file: z.string(),
    batches: z.number(),
  }),
);

/** Beside the files of the backup, in a folder per target cluster. */
export class CheckpointInStorage implements CheckpointStore {
  readonly place: string;
  readonly #folder: string;
  readonly #job: BrieJob;

  constructor(job: BrieJob) {
    this.#folder = `checkpoints/restore-${job.cluster.id}`;
    this.place = `path[${this.#folder}]`;
    this.#job = job;
  }

  load(): Promise<{ done: RestoredBatches[] } | undefined> {
    return this.#with(async (storage) => {
      if (!(await storage.exists(this.#meta))) return undefined;
      const done = (await storage.exists(this.#data)) ? await storage.read(this.#data) : Buffer.from('[]');
      return { done: doneSchema.parse(JSON.parse(Buffer.from(done).toString())) };
    });
  }

  begin(): Promise<void> {
    return this.#with((storage) => storage.write(this.#meta, Buffer.from('{}')));
  }

  /** An unavailable store keeps nothing, so the restore starts over. */
  save(done: readonly RestoredBatches[]): Promise<void> {
    const json = JSON.stringify(done, (_, each) => (typeof each === 'bigint' ? String(each) : each));
    return this.#with((storage) => storage.write(this.#data, Buffer.from(json))).catch(() => undefined);
  }

  remove(): Promise<void> {
    return this.#with((storage) => storage.remove([this.#data, this.#meta]));
  }

  get #meta(): string {
    return `${this.#folder}/checkpoint.meta`;
  }

  get #data(): string {
    return `${this.#folder}/data/progress.cpt`;
  }

  /** Without the job's signal: a canceled job saves its checkpoint too. */
  async #with<Result>(work: (storage: ExternalStorage) => Promise<Result>): Promise<Result> {
    const { location, cluster } = this.#job;
    const storage = openStorage(location, cluster.externalStorage, AbortSignal.timeout(TIMEOUT_MS));
    try {
      return await work(storage);
    } finally {
      storage.close();
    }
  }
}
