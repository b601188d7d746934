import { SqlError } from '../sql/errors.ts';
import type { ResultSet } from '../sql/result-set.ts';
import { millisFromTso } from '../storage/tso.ts';
import { type BackupMeta, checksumOfTable } from './backup-meta.ts';
import { datetimeAt } from './datetime.ts';
import { openStorage } from './external-storage.ts';
import { readBackupMeta } from './read-meta.ts';
import { column } from './results.ts';
import type { BrieSession } from './session.ts';
import { shuffled } from './shuffled.ts';
import { locate, parseStorageUrl } from './storage-url.ts';

/** SHOW BACKUP METADATA: one row a table, in no order (showMetaExec in pkg/executor/brie.go). It does not go through the queue. */
export async function showBackupMetadata(url: string, session: BrieSession): Promise<ResultSet> {
  const meta = await load(url, session);
  const time = (tso: bigint) => datetimeAt(millisFromTso(tso), session.utcOffsetMinutes);
  const start = meta.startVersion === 0n ? null : time(meta.startVersion);
  return {
    columns: [
      column('Database', 'text'),
      column('Table', 'text'),
      column('Total_kvs', 'bigint'),
      column('Total_bytes', 'bigint'),
      column('Time_range_start', 'datetime'),
      column('Time_range_end', 'datetime'),
    ],
    rows: shuffled(
      meta.schemas.map(({ database, table }) => {
        const { totalKvs, totalBytes } = checksumOfTable(table?.id ?? 0n, meta.files);
        return [database, table?.name ?? '', String(totalKvs), String(totalBytes), start, time(meta.endVersion)];
      }),
    ),
  };
}

async function load(url: string, { cluster, killed }: BrieSession): Promise<BackupMeta> {
  const parsed = parseStorageUrl(url);
  try {
    const storage = openStorage(locate(parsed), cluster.externalStorage, killed);
    try {
      return await readBackupMeta(storage);
    } finally {
      storage.close();
    }
  } catch (error) {
    if (error instanceof SqlError) throw error;
    throw new SqlError(1105, `failed to create show exec: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}
