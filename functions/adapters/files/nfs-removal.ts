import { rmdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { firstEntries, isErrno } from './nfs-folder.ts';

/** As many as S3 deletes with one call: what is in memory does not grow with the backup. */
const BATCH = 1_000;

/**
 * Removes a folder with all that is in it. That it can be removed at the end is the proof that it was empty: the file system
 * keeps a folder that holds anything. The folder above stays, although it may be empty now: another backup of
 * the cluster may be about to begin in it.
 * @param folder not behind a symbolic link; one that is inside is removed itself
 * @param name of the folder in messages
 * @param signal once it aborts, no further batch is begun
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
      // From the beginning each time: where the listing of a folder that has changed goes on, NFS does not promise.
      const batch = await firstEntries(folder, BATCH);
      if (batch.length === 0) break;
      const files = batch.filter((entry) => !entry.isDirectory());
      // Node has four of them done at a time.
      await Promise.all(files.map(({ name }) => orGone(() => unlink(join(folder, name)))));
      for (const entry of batch) if (entry.isDirectory()) await emptyAndRemove(join(folder, entry.name), signal);
    }
    await rmdir(folder);
  });
}

/** Another run of the same removal may be ahead of this one. */
async function orGone(remove: () => Promise<void>): Promise<void> {
  try {
    await remove();
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
  }
}
