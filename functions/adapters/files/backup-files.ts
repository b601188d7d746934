import { S3ServiceException } from '@aws-sdk/client-s3';
import { type BackupFiles, FilesLocked } from '../../domain/storage/backup-files.ts';
import { readStorageTerms } from '../../domain/storage/storage-class.ts';
import { copyOf, displayPath, type StorageLocation } from '../../domain/storage/storage-location.ts';
import { NodeFailure } from '../../domain/workflow/node-failure.ts';
import { log } from '../../log.ts';
import { createNfsFiles, type NfsLocation } from './nfs-files.ts';
import { createS3Files } from './s3-files.ts';
import type { S3Stores } from './s3-stores.ts';

/** The mount points of the shared file system, from a function's environment. */
export interface MountVariables {
  /** Mount point on TiDB's nodes. */
  NFS_PATH?: string | undefined;
  /** Mount point in this function. */
  NFS_MOUNT?: string | undefined;
  /** In JSON; says also which bucket the deployment copies to. */
  STORAGE_TERMS?: string | undefined;
}

function isRefused(error: unknown): boolean {
  const cause = error instanceof Error ? (error.cause ?? error) : undefined;
  return cause instanceof S3ServiceException && cause.$metadata.httpStatusCode === 403;
}

/** The original is already removed, but its copy remains. */
function copyRemains(error: unknown): never {
  if (error instanceof FilesLocked || !(error instanceof Error)) throw error;
  throw new Error(`its second copy remains: ${error.message}`, { cause: error });
}

/** The files of backups, wherever their records say they are. */
export function createBackupFiles(
  stores: S3Stores,
  { NFS_PATH, NFS_MOUNT, STORAGE_TERMS }: MountVariables,
): BackupFiles {
  const copyBucket = readStorageTerms(STORAGE_TERMS)?.copy?.bucket;
  const s3 = createS3Files(stores);
  const isMounted = NFS_PATH !== undefined && NFS_MOUNT !== undefined;
  const nfs = isMounted ? createNfsFiles({ path: NFS_PATH, mount: NFS_MOUNT }) : undefined;

  /** @throws NodeFailure ConfigInvalid */
  function mounted(location: NfsLocation): BackupFiles<NfsLocation> {
    if (nfs !== undefined) return nfs;
    throw new NodeFailure('ConfigInvalid', `${displayPath(location)} is in a file system that is not mounted here`);
  }

  /** Pairs a location with the store that can access it. */
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
    // S3 does not replicate the deletion of a version. The original is removed first, so that nothing more is
    // replicated.
    async removeAll(location, signal) {
      await at(location, (files, own) => files.removeAll(own, signal));
      const copy = copyOf(location);
      if (copy === undefined) return;
      await s3.removeAll(copy, signal).catch((error: unknown) => {
        if (copy.bucket === copyBucket || !isRefused(error)) copyRemains(error);
        // The tenant file names another bucket by now, or none, and with it went the rights. To wait for them would be for ever.
        log.warn({ message: 'a former second copy is left to the owner of its bucket', path: displayPath(copy) });
      });
    },
  };
}
