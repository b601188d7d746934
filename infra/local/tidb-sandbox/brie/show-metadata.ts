import { SqlError } from '../sql/errors.ts';
import type { ResultSet } from '../sql/result-set.ts';
import { millisFromTso } from '../storage/tso.ts';
import type { BackupIndex, StoredSchema } from './backup-meta.ts';
import { datetimeAt } from './datetime.ts';
import { openStorage } from './open-storage.ts';
import { readBackupIndex, readSchemas } from './read-meta.ts';
import { column } from './results.ts';
import type { BrieSession } from './session.ts';
import { shuffled } from './shuffled.ts';
import { locate, parseStorageUrl } from './storage-url.ts';

/** SHOW BACKUP METADATA: one row per table, in no order (showMetaExec in pkg/executor/brie.go). It bypasses the queue. */
export async function showBackupMetadata(url: string, session: BrieSession): Promise<ResultSet> {
  const { index, schemas } = await load(url, session);
  const time = (tso: bigint) => datetimeAt(millisFromTso(tso), session.utcOffsetMinutes);
  const start = index.startVersion === 0n ? null : time(index.startVersion);
  const end = time(index.endVersion);
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
      schemas.map(({ database, table, checksum: { totalKvs, totalBytes } }) => {
        return [database, table?.name ?? '', String(totalKvs), String(totalBytes), start, end];
      }),
    ),
  };
}

interface Metadata {
  readonly index: BackupIndex;
  readonly schemas: readonly StoredSchema[];
}

async function load(url: string, { cluster, killed }: BrieSession): Promise<Metadata> {
  const parsed = parseStorageUrl(url);
  try {
    const storage = openStorage(locate(parsed, { pathStyle: false }), cluster.externalStorage, killed);
    try {
      const index = await readBackupIndex(storage);
      return { index, schemas: await readSchemas(index, storage) };
    } finally {
      storage.close();
    }
  } catch (error) {
    if (error instanceof SqlError) throw error;
    throw new SqlError(1105, rootCause(error), { cause: error });
  }
}

/** Neither BR's text around an error nor the error's name reaches the client. */
function rootCause(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? rootCause(error.cause) : error.message;
}
