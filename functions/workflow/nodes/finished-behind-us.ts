import { BACKUP_META, type BackupFiles } from '../../domain/backup-files.ts';
import { snapshotTso } from '../../domain/backup-meta.ts';
import type { StorageLocation } from '../../domain/storage-location.ts';
import type { BackupOutcome } from '../../domain/tidb.ts';

/** `backupmeta` is written last: with it the backup is whole, although its result never reached us. */
export async function finishedBehindUs(
  location: StorageLocation,
  files: Pick<BackupFiles, 'read' | 'dataBytes'>,
): Promise<BackupOutcome | undefined> {
  const meta = await files.read(location, BACKUP_META);
  if (meta === undefined) return undefined;
  const backupTso = await snapshotTso(meta);
  return { backupTso, sizeBytes: String(await files.dataBytes(location)) };
}
