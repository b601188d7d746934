import { type BackupFiles, FilesLocked } from '../../domain/storage/backup-files.ts';
import { copyOf, displayPath, type StorageLocation } from '../../domain/storage/storage-location.ts';
import { NodeFailure } from '../../domain/workflow/node-failure.ts';
import { createNfsFiles, type NfsLocation } from './nfs-files.ts';
import { createS3Files } from './s3-files.ts';
import type { S3Stores } from './s3-stores.ts';

/** The shared file system, as a function's environment names it. */
export interface MountVariables {
  /** Where the nodes of TiDB have it. */
  NFS_PATH?: string | undefined;
  /** Where this function has it. */
  NFS_MOUNT?: string | undefined;
}

/** What is left of a backup whose original is gone already. */
function copyRemains(error: unknown): never {
  if (error instanceof FilesLocked || !(error instanceof Error)) throw error;
  throw new Error(`its second copy remains: ${error.message}`, { cause: error });
}

/** The files of a backup, wherever its record says that they are. */
export function createBackupFiles(stores: S3Stores, { NFS_PATH, NFS_MOUNT }: MountVariables): BackupFiles {
  const s3 = createS3Files(stores);
  const isMounted = NFS_PATH !== undefined && NFS_MOUNT !== undefined;
  const nfs = isMounted ? createNfsFiles({ path: NFS_PATH, mount: NFS_MOUNT }) : undefined;

  /** @throws NodeFailure ConfigInvalid */
  function mounted(location: NfsLocation): BackupFiles<NfsLocation> {
    if (nfs !== undefined) return nfs;
    throw new NodeFailure('ConfigInvalid', `no file system is mounted here to look into ${displayPath(location)}`);
  }

  /** Pairs a location with what can reach it. */
  async function at<Result>(
    location: StorageLocation,
    work: <Location extends StorageLocation>(files: BackupFiles<Location>, location: Location) => Promise<Result>,
  ): Promise<Result> {
    return location.type === 's3' ? await work(s3, location) : await work(mounted(location), location);
  }

  return {
    exists: (location, name) => at(location, (files, own) => files.exists(own, name)),
    isEmpty: (location) => at(location, (files, own) => files.isEmpty(own)),
    read: (location, name) => at(location, (files, own) => files.read(own, name)),
    write: (location, name, text, lock) => at(location, (files, own) => files.write(own, name, text, lock)),
    remove: (location, name) => at(location, (files, own) => files.remove(own, name)),
    makeFolder: (location) => at(location, (files, own) => files.makeFolder(own)),
    lockDays: (location) => at(location, (files, own) => files.lockDays(own)),
    dataBytes: (location) => at(location, (files, own) => files.dataBytes(own)),
    folders: (location) => at(location, (files, own) => files.folders(own)),
    contents: (location) => at(location, (files, own) => files.contents(own)),
    stateOf: (location, name) => at(location, (files, own) => files.stateOf(own, name)),
    abortUploads: (location) => at(location, (files, own) => files.abortUploads(own)),
    keepsVersions: (location) => at(location, (files, own) => files.keepsVersions(own)),
    rewind: (location, rewind) => at(location, (files, own) => files.rewind(own, rewind)),
    // S3 replicates no deletion of a version. The original goes first: what is gone there is replicated no more.
    async removeAll(location, signal) {
      await at(location, (files, own) => files.removeAll(own, signal));
      const copy = copyOf(location);
      if (copy !== undefined) await s3.removeAll(copy, signal).catch(copyRemains);
    },
  };
}
