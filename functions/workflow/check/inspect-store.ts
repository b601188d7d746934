import { text } from 'node:stream/consumers';
import type { Finding } from '../../domain/cluster/check.ts';
import type { ConfigStore } from '../../domain/config/config-store.ts';
import { type DeploymentStorage, storageBase } from '../../domain/config/system-config.ts';
import { ServiceError } from '../../domain/shared/errors.ts';
import type { BackupFiles } from '../../domain/storage/backup-files.ts';
import type { StorageLocation } from '../../domain/storage/storage-location.ts';
import {
  pathFinding,
  type StoreCheck,
  storeFailed,
  storeSkipped,
  withoutStore,
} from '../../domain/storage/store-findings.ts';
import { probeOf } from '../../domain/storage/store-probe.ts';

export interface InspectStoreDeps extends DeploymentStorage {
  config: Pick<ConfigStore, 'read'>;
  files: Pick<BackupFiles, 'folders' | 'lockDays' | 'makeFolder' | 'write' | 'read' | 'removeAll'>;
}

/** Checks the configured store from here: whether it can be reached, and a small file written, read and deleted. */
export async function inspectStore(workFlowId: string, deps: InspectStoreDeps): Promise<Finding[]> {
  const stored = await deps.config.read();
  let base: StorageLocation;
  try {
    base = storageBase(stored, deps);
  } catch (error) {
    if (error instanceof ServiceError) return withoutStore(error.message);
    throw error;
  }
  return [pathFinding(base), ...(await findingsOf(base, workFlowId, deps.files))];
}

type Step = (check: StoreCheck, work: () => Promise<string>) => Promise<Finding>;

async function findingsOf(base: StorageLocation, workFlowId: string, files: InspectStoreDeps['files']) {
  const step: Step = async (check, work) => {
    try {
      return { check, status: 'passed', message: await work() };
    } catch (error) {
      return storeFailed(check, error, base);
    }
  };
  const reach = await step('storeReach', async () => {
    await files.folders(base);
    return 'the service can list it';
  });
  if (reach.status === 'failed') {
    return [reach, ...storeSkipped('it cannot be reached', ['storeLock', 'storeWrite', 'storeRead', 'storeDelete'])];
  }
  let lockDays: number | undefined;
  const lock = await step('storeLock', async () => {
    lockDays = await files.lockDays(base);
    return lockDays === undefined ? 'files can be deleted at any time' : `each file is locked for ${lockDays} days`;
  });
  if (lockDays !== undefined) {
    const message = 'not tried: the file would be locked as long as a backup';
    return [reach, lock, ...storeSkipped(message, ['storeWrite', 'storeRead', 'storeDelete'])];
  }
  return [reach, lock, ...(await probe(base, workFlowId, step, files))];
}

async function probe(
  base: StorageLocation,
  workFlowId: string,
  step: Step,
  files: InspectStoreDeps['files'],
): Promise<Finding[]> {
  const { own, folder, name } = probeOf(base, workFlowId);
  const written = JSON.stringify({ workFlowId });
  const write = await step('storeWrite', async () => {
    await files.makeFolder(folder);
    await files.write(folder, name, written);
    return 'the service can write a file';
  });
  const read =
    write.status === 'failed'
      ? storeSkipped('no file was written', ['storeRead'])
      : [
          await step('storeRead', async () => {
            const stream = await files.read(folder, name);
            if (stream === undefined || (await text(stream)) !== written)
              throw new Error('the content differs from what was written');
            return 'the service can read it';
          }),
        ];
  // Even after a failed write, because only its answer may have been lost.
  const removal = await step('storeDelete', async () => {
    await files.removeAll(own);
    return 'the file is gone';
  });
  return [write, ...read, removal];
}
