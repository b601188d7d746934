import { BACKUP_META, type BackupFiles } from '../../domain/storage/backup-files.ts';
import type { StorageLocation } from '../../domain/storage/storage-location.ts';
import { log } from '../../log.ts';

/**
 * Until when nobody can delete a whole backup: `backupmeta` is written last, so it is locked longest. A backup is none the worse
 * for an answer that cannot be had: its deletion finds out for itself.
 */
export async function backupLock(
  location: StorageLocation,
  files: Pick<BackupFiles, 'lockedUntil'>,
): Promise<{ lockedUntil?: string }> {
  try {
    const lockedUntil = await files.lockedUntil(location, BACKUP_META);
    return lockedUntil === undefined ? {} : { lockedUntil };
  } catch (error) {
    log.warn({ message: 'until when a backup is locked could not be looked up', error });
    return {};
  }
}
