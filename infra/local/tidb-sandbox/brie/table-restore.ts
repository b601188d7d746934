import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TableInfo } from '../storage/schema.ts';
import type { RowChange } from '../storage/storage.ts';
import type { BackupFile } from './backup-meta.ts';
import { BrError } from './brie-error.ts';
import type { ExternalStorage } from './external-storage.ts';
import { type BrieJob, limiterOf, writersOf } from './job.ts';
import type { RateLimiter } from './rate-limiter.ts';
import { readSst } from './sst-file.ts';
import { TaskPool } from './task-pool.ts';

const BATCH_ROWS = 128;

export interface TableRestore {
  readonly table: TableInfo;
  readonly files: readonly BackupFile[];
  /** The table has rows of the base of an incremental backup. */
  readonly replacesRows: boolean;
  readonly backedUpId: bigint;
}

/** Brings the files' rows into the tables, CONCURRENCY files at a time. */
export async function restoreTables(
  job: BrieJob,
  storage: ExternalStorage,
  restores: readonly TableRestore[],
): Promise<void> {
  const bytes = restores.flatMap(({ files }) => files).reduce((sum, { size }) => sum + Number(size), 0);
  job.progress.start('Restore', Math.max(1, bytes));
  const limiter = limiterOf(job);
  for (const pass of ['clear', 'write'] as const) {
    const pool = new TaskPool(writersOf(job.options));
    try {
      for (const { table, files, replacesRows } of restores) {
        // Two rows may have swapped the values of a unique index: all old ones have to go before the new ones come.
        if (pass === 'clear' && !replacesRows) continue;
        for (const file of files) await pool.add(() => restoreFile(job, storage, limiter, table, file, pass));
      }
      await pool.drain();
    } finally {
      await pool.settle();
    }
  }
  if (bytes === 0) job.progress.advance(1);
}

async function restoreFile(
  { cluster, progress, signal }: BrieJob,
  storage: ExternalStorage,
  limiter: RateLimiter,
  table: TableInfo,
  file: BackupFile,
  pass: 'clear' | 'write',
): Promise<void> {
  const content = await storage.read(file.name);
  if (!createHash('sha256').update(content).digest().equals(file.sha256)) {
    throw new BrError(`file ${file.name} does not have the sha256 of the backup`, 'Restore:ErrRestoreChecksumMismatch');
  }
  let restored = 0;
  for (const batch of batchesOf(readSst(content), BATCH_ROWS)) {
    const changes = pass === 'clear' ? batch.map(({ key }) => ({ key, value: null })) : batch;
    if (pass === 'write') await limiter.take(sizeOf(batch), signal);
    cluster.storage.applyChanges(table, changes);
    await nextTurn(undefined, { signal });
    if (pass === 'clear') continue;
    progress.advance(Math.min(sizeOf(batch), Number(file.size) - restored));
    restored += Math.min(sizeOf(batch), Number(file.size) - restored);
  }
  if (pass === 'write') progress.advance(Number(file.size) - restored);
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

function sizeOf(changes: readonly RowChange[]): number {
  return changes.reduce((sum, { key, value }) => sum + key.length + (value?.length ?? 0), 0);
}
