import { type BackupOrigin, originOf } from '../../domain/backup/backup-meta.ts';
import { BACKUP_META, type BackupFiles } from '../../domain/storage/backup-files.ts';
import type { StorageLocation } from '../../domain/storage/storage-location.ts';
import type { BackupOutcome } from '../../domain/tidb/tidb.ts';

/** `backupmeta` is written last: if it exists, the backup is complete, although its result never reached us. */
export async function findUnreportedResult(
  location: StorageLocation,
  files: Pick<BackupFiles, 'read' | 'dataBytes'>,
): Promise<(BackupOutcome & BackupOrigin) | undefined> {
  const meta = await files.read(location, BACKUP_META);
  if (meta === undefined) return undefined;
  return { ...(await originOf(meta)), sizeBytes: String(await files.dataBytes(location)) };
}
