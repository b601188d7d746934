import { rmdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { firstEntries, isErrno } from './nfs-folder.ts';

/** The size of an S3 batch: memory does not grow with the backup. */
const BATCH = 1_000;

/**
 * Removes a folder and everything in it. That the folder can finally be removed proves that it was empty, because the
 * file system keeps folders that hold anything. The folder above stays, even if empty: another backup of the cluster
 * may be about to begin in it.
 * @param folder not behind a symbolic link; a link inside is itself removed
 * @param name of the folder in messages
 * @param signal aborting prevents further batches
 */
export async function removeFolder(folder: string, name: string, signal?: AbortSignal): Promise<void> {
  try {
    await emptyAndRemove(folder, signal);
  } catch (error) {
    if (isErrno(error, 'ENOTEMPTY', 'EEXIST')) throw new Error(`files are still written to ${name}`, { cause: error });
    throw error;
  }
}

async function emptyAndRemove(folder: string, signal: AbortSignal | undefined): Promise<void> {
  await orGone(async () => {
    for (;;) {
      signal?.throwIfAborted();
      // Starts over each time: NFS makes no promise about continuing the listing of a changed folder.
      const batch = await firstEntries(folder, BATCH);
      if (batch.length === 0) break;
      const files = batch.filter((entry) => !entry.isDirectory());
      // Node runs four of these at a time.
      await Promise.all(files.map(({ name }) => orGone(() => unlink(join(folder, name)))));
      for (const entry of batch) if (entry.isDirectory()) await emptyAndRemove(join(folder, entry.name), signal);
    }
    await rmdir(folder);
  });
}

/** A concurrent run of the same removal may be ahead. */
async function orGone(remove: () => Promise<void>): Promise<void> {
  try {
    await remove();
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
  }
}
