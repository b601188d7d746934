import type { Clock } from '../../domain/shared/clock.ts';
import type { BackupFiles } from '../../domain/storage/backup-files.ts';
import type { StorageLocation } from '../../domain/storage/storage-location.ts';
import { log } from '../../log.ts';

/** A listing names a thousand files in a tenth of a second or so; its function may have half a minute left. */
const COUNT_WITHIN_MS = 10_000;

/**
 * How many files a whole backup has, for those who ask what its restore or deletion means. It is none the worse for a number that
 * cannot be had, or not soon.
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
