import type { Clock } from '../../domain/shared/clock.ts';
import type { BackupFiles } from '../../domain/storage/backup-files.ts';
import type { StorageLocation } from '../../domain/storage/storage-location.ts';
import { log } from '../../log.ts';

/** Listing a thousand files takes about a tenth of a second; the function may have half a minute left. */
const COUNT_WITHIN_MS = 10_000;

/**
 * Counts the files of a complete backup, for plans of restores and deletions. If there is no number soon, the backup is
 * still good.
 */
export async function countFiles(
  location: StorageLocation,
  { files, clock }: { files: Pick<BackupFiles, 'contents'>; clock: Clock },
): Promise<{ fileCount?: number }> {
  const timer = new AbortController();
  const late = clock.sleep(COUNT_WITHIN_MS, timer.signal).then(() => {
    throw new Error(`no answer within ${COUNT_WITHIN_MS / 1_000} s`);
  });
  try {
    const contents = await Promise.race([files.contents(location), late]);
    return contents === undefined ? {} : { fileCount: contents.files };
  } catch (error) {
    log.warn({ message: 'the files of a backup could not be counted', error });
    return {};
  } finally {
    timer.abort();
  }
}
