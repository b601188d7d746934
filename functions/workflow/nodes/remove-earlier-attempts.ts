import type { BackupFiles } from '../../domain/backup-files.ts';
import { attemptLocation } from '../../domain/backup-record.ts';
import type { BackupStore } from '../../domain/stores.ts';
import { log } from '../../log.ts';

export interface RemoveEarlierDeps {
  backups: Pick<BackupStore, 'get'>;
  files: Pick<BackupFiles, 'removeAll'>;
}

/**
 * Removes what the attempts before the one that has succeeded have written, so that nothing is paid for twice. After it, not before:
 * TiKV nodes may write for a moment after their BACKUP was killed. A backup is none the worse for files that cannot be removed, or are
 * locked: they go with its record.
 * @param interruption once it aborts, the rest is left
 */
export async function removeEarlierAttempts(
  backupId: string,
  attempt: number,
  interruption: AbortSignal,
  { backups, files }: RemoveEarlierDeps,
): Promise<void> {
  if (attempt === 1) return;
  try {
    const record = await backups.get(backupId);
    for (let earlier = 1; record !== undefined && earlier < attempt; earlier += 1) {
      await files.removeAll(attemptLocation(record, earlier), interruption);
    }
  } catch (error) {
    log.warn({ message: 'files of earlier attempts remain beside those of the backup', backupId, attempt, error });
  }
}
