import { BACKUP_META, type BackupFiles, type FileState } from '../../domain/storage/backup-files.ts';
import { displayPath, type StorageLocation } from '../../domain/storage/storage-location.ts';
import { log } from '../../log.ts';

/**
 * Once BACKUP has returned, no upload to its folder is to become a file: S3 dates a multipart upload by its beginning, so one that was
 * begun in time and completed later would pass for a file of the backup. Then tells which `backupmeta` is the backup's, and until when
 * nobody can delete the whole: it is written last, so it is locked longest. A backup is none the worse for what cannot be done here:
 * its undelete aborts uploads too, and its deletion finds out about locks.
 */
export async function sealFiles(
  location: StorageLocation,
  files: Pick<BackupFiles, 'abortUploads' | 'stateOf'>,
): Promise<{ lockedUntil?: string; metaVersion?: NonNullable<FileState['version']> }> {
  await files.abortUploads(location).catch(failed('unfinished uploads could not be aborted', location));
  const state = await files.stateOf(location, BACKUP_META).catch(failed('backupmeta could not be looked at', location));
  const { lockedUntil, version: metaVersion } = state ?? {};
  return { ...(lockedUntil && { lockedUntil }), ...(metaVersion && { metaVersion }) };
}

function failed(message: string, location: StorageLocation): (error: unknown) => undefined {
  return (error) => {
    log.warn({ message, path: displayPath(location), error });
    return undefined;
  };
}
