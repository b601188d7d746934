import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TableInfo } from '../storage/schema.ts';
import type { RowChange } from '../storage/storage.ts';
import type { Tso } from '../storage/tso.ts';
import type { BackupFile } from './backup-meta.ts';
import { BrError } from './brie-error.ts';
import type { ExternalStorage } from './external-storage.ts';
import { type BrieJob, limiterOf, writersOf } from './job.ts';
import type { RateLimiter } from './rate-limiter.ts';
import type { RestoreCheckpoint } from './restore-checkpoint.ts';
import { readSst } from './sst-file.ts';
import { TaskPool } from './task-pool.ts';

const BATCH_ROWS = 128;

export interface TableRestore {
  readonly table: TableInfo;
  readonly files: readonly BackupFile[];
  /** The table already had rows: from the base of an incremental backup, or rows with which the backup's are mixed. */
  readonly replacesRows: boolean;
  readonly backedUpId: bigint;
}

/**
 * Writes the files' rows into the tables, CONCURRENCY files at a time.
 * @param rowsTs timestamp of the rows; defaults to now
 */
export async function restoreTables(
  job: BrieJob,
  storage: ExternalStorage,
  restores: readonly TableRestore[],
  checkpoint: RestoreCheckpoint,
  rowsTs: Tso | undefined,
): Promise<void> {
  const bytes = restores.flatMap(({ files }) => files).reduce((sum, { size }) => sum + Number(size), 0);
  job.progress.start('Restore', Math.max(1, bytes));
  const run = new TablesRestore(job, storage, checkpoint, rowsTs);
  // Two rows may have swapped the values of a unique index: delete all old ones before writing the new.
  const replaced = restores.filter(({ replacesRows }) => replacesRows);
  await forEachFile(job, replaced, (table, file) => run.clear(table, file));
  await forEachFile(job, restores, (table, file) => run.write(table, file));
  if (bytes === 0) job.progress.advance(1);
}

async function forEachFile(
  job: BrieJob,
  restores: readonly TableRestore[],
  work: (table: TableInfo, file: BackupFile) => Promise<void>,
): Promise<void> {
  const pool = new TaskPool(writersOf(job.options));
  try {
    for (const { table, files } of restores) {
      for (const file of files) await pool.add(() => work(table, file));
    }
    await pool.drain();
  } finally {
    await pool.settle();
  }
}

class TablesRestore {
  readonly #job: BrieJob;
  readonly #storage: ExternalStorage;
  readonly #checkpoint: RestoreCheckpoint;
  readonly #limiter: RateLimiter;
  readonly #rowsTs: Tso | undefined;

  constructor(job: BrieJob, storage: ExternalStorage, checkpoint: RestoreCheckpoint, rowsTs: Tso | undefined) {
    this.#job = job;
    this.#storage = storage;
    this.#checkpoint = checkpoint;
    this.#limiter = limiterOf(job);
    this.#rowsTs = rowsTs;
  }

  /** Deletes the keys that the file changes. */
  async clear(table: TableInfo, file: BackupFile): Promise<void> {
    for await (const batch of this.#batches(file)) {
      this.#job.cluster.storage.applyChanges(
        table,
        batch.map(({ key }) => ({ key, value: null })),
        this.#rowsTs,
      );
    }
  }

  async write(table: TableInfo, file: BackupFile): Promise<void> {
    const { cluster, progress, signal } = this.#job;
    let left = Number(file.size);
    const done = this.#checkpoint.batchesDone(table.id, file);
    let number = 0;
    for await (const batch of this.#batches(file)) {
      number += 1;
      if (number <= done) continue;
      const bytes = batch.reduce((sum, { key, value }) => sum + key.length + (value?.length ?? 0), 0);
      await this.#limiter.take(bytes, signal);
      cluster.storage.applyChanges(table, batch, this.#rowsTs);
      this.#checkpoint.note(table.id, file, number);
      const step = Math.min(bytes, left);
      progress.advance(step);
      left -= step;
    }
    // The file's bytes besides its rows.
    progress.advance(left);
  }

  /** The file's changes; other connections get their turn between two batches. */
  async *#batches(file: BackupFile): AsyncIterable<RowChange[]> {
    const content = await this.#storage.read(file.name);
    if (!createHash('sha256').update(content).digest().equals(file.sha256)) {
      throw new BrError(
        `file ${file.name} does not have the sha256 of the backup`,
        'Restore:ErrRestoreChecksumMismatch',
      );
    }
    for (const batch of batchesOf(readSst(content), BATCH_ROWS)) {
      yield batch;
      await nextTurn(undefined, { signal: this.#job.signal });
    }
  }
}

function* batchesOf(changes: Iterable<RowChange>, size: number): Iterable<RowChange[]> {
  let batch: RowChange[] = [];
  for (const change of changes) {
    batch.push(change);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
