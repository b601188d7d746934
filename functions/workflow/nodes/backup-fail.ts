import type { BackupFiles } from '../../domain/backup-files.ts';
import type { BackupRecord } from '../../domain/backup-record.ts';
import { type Clock, timestamp } from '../../domain/clock.ts';
import { type NodeFailureName, recordError } from '../../domain/node-failure.ts';
import type { BackupStore, ClusterStore } from '../../domain/stores.ts';
import type { TidbGateway } from '../../domain/tidb.ts';
import { type EndOperationDeps, endOperation } from './end-operation.ts';
import { type FailedOperation, failAfter } from './failed-operation.ts';
import { stopLeftovers } from './stop-statements.ts';

export interface BackupFailDeps extends EndOperationDeps {
  clusters: Pick<ClusterStore, 'get' | 'unlock'>;
  backups: Pick<BackupStore, 'get' | 'fail' | 'cancel'>;
  tidb: Pick<TidbGateway, 'openControl'>;
  files: Pick<BackupFiles, 'removeAll'>;
  clock: Clock;
}

const CANCELED: NodeFailureName = 'BackupCanceled';

/**
 * Node `fail` of a backup: nothing of it runs in TiDB, its files are gone, the record says why, the cluster is free.
 * @throws the caught error; CleanupFailed
 */
export function backupFail(input: FailedOperation, deps: BackupFailDeps): Promise<never> {
  return failAfter(input.error, async () => {
    const record = await deps.backups.get(input.backupId);
    if (record !== undefined && !isKept(record)) await discard(record, input, deps);
    await endOperation(input, 'BackupCluster', isCanceled(input, record) ? 'Canceled' : 'Error', deps);
  });
}

/** Whatever the node died of: the user was told that the backup is cancelled. `Canceled` it is when this node ran before. */
function isCanceled({ error }: FailedOperation, record: BackupRecord | undefined): boolean {
  return (
    error.Error === CANCELED ||
    record?.status === 'Canceled' ||
    (record !== undefined && 'cancelRequested' in record && record.cancelRequested === true)
  );
}

/** A finished backup stays one, whatever failed after it; the files of a deleted one are another workflow's. */
function isKept({ status }: BackupRecord): boolean {
  return status === 'Finished' || status === 'Deleting';
}

/**
 * The record ends first, and says that files remain until they are proven gone: from then on no late `finish` can call it
 * a backup, and a death at any line leaves a record of every file. Doing it again does what is left.
 */
async function discard(record: BackupRecord, input: FailedOperation, deps: BackupFailDeps): Promise<void> {
  const { backups, clock } = deps;
  const { backupId } = record;
  const end = (filesRemain: string | undefined) => {
    const at = timestamp(clock);
    return isCanceled(input, record)
      ? backups.cancel(backupId, { filesRemain, at })
      : backups.fail(backupId, { error: recordError(input.error), filesRemain, at });
  };
  // Without an attempt nothing was sent to TiDB, and nothing written.
  const mayHaveFiles = record.attempts > 0;
  const hasEnded = await end(mayHaveFiles ? 'they are being removed' : undefined);
  if (mayHaveFiles && hasEnded) await end(await removeFiles(record, deps));
}

/** @returns why files may be there still; undefined: they are gone, and none will follow. */
async function removeFiles(record: BackupRecord, { clusters, tidb, files, clock }: BackupFailDeps) {
  const mark = { kind: 'BACKUP', backupId: record.backupId } as const;
  const leftover = await stopLeftovers(await clusters.get(record.clusterId), mark, { tidb, clock });
  try {
    await files.removeAll(record.location);
  } catch (error) {
    console.error({ message: 'files of a failed backup remain', backupId: record.backupId, error });
    return error instanceof Error ? error.message : String(error);
  }
  return leftover;
}
