import type { TableInfo } from '../storage/schema.ts';
import type { ScanRange } from '../storage/storage.ts';
import type { BackupFile } from './backup-meta.ts';
import type { BackupTarget } from './backup-target.ts';
import { type BrieJob, limiterOf, writersOf } from './job.ts';
import type { RateLimiter } from './rate-limiter.ts';
import { RegionWriter } from './region-writer.ts';
import { scanTable } from './table-scan.ts';
import { TaskPool } from './task-pool.ts';

export interface TablePlan {
  readonly table: TableInfo;
  readonly range: ScanRange;
}

/** Writes the tables' rows, except for tables whose files are in `done`; returns all files. */
export async function backUpTables(
  job: BrieJob,
  target: BackupTarget,
  plans: readonly TablePlan[],
  done: ReadonlyMap<bigint, readonly BackupFile[]>,
): Promise<BackupFile[]> {
  const run = new TablesBackup(job, target);
  const weights = plans.map(({ table, range }) => Math.max(1, Number(job.cluster.storage.rowCount(table, range.at))));
  job.progress.start(
    'Backup',
    weights.reduce((sum, weight) => sum + weight, 0),
  );
  try {
    const files: BackupFile[][] = [];
    for (const [index, plan] of plans.entries()) {
      const weight = weights[index] ?? 0;
      const finished = done.get(plan.table.id);
      if (finished) job.progress.advance(weight);
      files.push(finished ? [...finished] : await run.add(plan, weight));
    }
    await run.finish();
    return files.flat();
  } catch (error) {
    await run.settle();
    throw error;
  }
}

/** Reads one table after another and writes their regions in parallel, CONCURRENCY at a time. */
class TablesBackup {
  readonly #job: BrieJob;
  readonly #target: BackupTarget;
  readonly #pool: TaskPool;
  readonly #limiter: RateLimiter;
  #lastRegionId = 0;

  constructor(job: BrieJob, target: BackupTarget) {
    this.#job = job;
    this.#target = target;
    this.#pool = new TaskPool(writersOf(job.options));
    this.#limiter = limiterOf(job);
  }

  /** The returned list is complete once `finish` resolves. */
  async add({ table, range }: TablePlan, weight: number): Promise<BackupFile[]> {
    const { cluster, signal, progress } = this.#job;
    const files: BackupFile[] = [];
    // The scan itself counts as one, so that the table is not done before it ends.
    let pending = 1;
    const partDone = async () => {
      pending -= 1;
      // A resumed backup can repeat a table without rows at no cost.
      if (pending === 0 && files.length > 0) await this.#target.checkpoint.tableDone(table.id, files);
    };
    const flush = (region: RegionWriter) => {
      pending += 1;
      return this.#pool.add(async () => {
        files.push(...(await region.flush(this.#target.data, cluster.clock())));
        await partDone();
      });
    };
    let advanced = 0;
    let region = this.#nextRegion(table);
    for await (const batch of scanTable(cluster.storage, table, range, signal)) {
      let bytes = 0;
      for (const change of batch) {
        region.add(change);
        bytes += change.key.length + (change.value?.length ?? 0);
      }
      await this.#limiter.take(bytes, signal);
      const step = Math.min(batch.length, weight - advanced);
      progress.advance(step);
      advanced += step;
      if (!region.isFull) continue;
      await flush(region);
      region = this.#nextRegion(table);
    }
    progress.advance(weight - advanced);
    if (!region.isEmpty) await flush(region);
    await this.#pool.add(partDone);
    return files;
  }

  /** Resolves when everything added has been stored. */
  finish(): Promise<void> {
    return this.#pool.drain();
  }

  settle(): Promise<void> {
    return this.#pool.settle();
  }

  #nextRegion(table: TableInfo): RegionWriter {
    this.#lastRegionId += 1;
    return new RegionWriter(table.id, this.#lastRegionId);
  }
}
