import { releaseBaseHold } from '../../domain/backup/backup-chain.ts';
import { attemptLocation, type BackupRecord, type ProcessingBackup } from '../../domain/backup/backup-record.ts';
import type { BackupStore, FilesLeft } from '../../domain/backup/backup-store.ts';
import type { ClusterStore } from '../../domain/cluster/cluster-store.ts';
import { type Clock, timestamp } from '../../domain/shared/clock.ts';
import { type BackupFiles, FilesLocked } from '../../domain/storage/backup-files.ts';
import { copyOf, type StorageLocation } from '../../domain/storage/storage-location.ts';
import { CANCELED, TOO_LATE } from '../../domain/strategy/begin-in-time.ts';
import { type MissWindowDeps, missWindow } from '../../domain/strategy/miss-window.ts';
import type { TidbGateway } from '../../domain/tidb/tidb.ts';
import { type EndOperationDeps, endOperation } from '../../domain/workflow/end-operation.ts';
import { failureMeans } from '../../domain/workflow/failure-table.ts';
import { recordError } from '../../domain/workflow/node-failure.ts';
import { log } from '../../log.ts';
import { finishedBehindUs } from '../restore/find-unreported-result.ts';
import { type FailedOperation, failAfter } from '../shared/failed-operation.ts';
import { stopLeftovers } from '../shared/stop-statements.ts';
import { sealFiles } from './seal-files.ts';
import { assertOfBaseTidb, recordTidb } from './tidb-of-backup.ts';

export interface BackupFailDeps extends EndOperationDeps, MissWindowDeps {
  clusters: Pick<ClusterStore, 'get' | 'unlock' | 'recordTidb'>;
  backups: Pick<BackupStore, 'get' | 'finish' | 'fail' | 'cancel' | 'releaseBase'>;
  tidb: Pick<TidbGateway, 'openControl'>;
  files: Pick<BackupFiles, 'read' | 'dataBytes' | 'stateOf' | 'abortUploads' | 'removeAll'>;
  clock: Clock;
}

/**
 * Node `fail` of a backup: nothing of it runs in TiDB and its files are gone, or the record says why they remain; the cluster is
 * free. A backup that has finished unseen, as its node or its workflow died, is finished instead.
 * @throws the caught error; CleanupFailed
 */
export function backupFail(input: FailedOperation, deps: BackupFailDeps): Promise<never> {
  return failAfter(input.error, async () => {
    const record = await deps.backups.get(input.backupId);
    const status = await settle(record, input, deps);
    if (input.error.Error === TOO_LATE && status === 'Error') {
      await missWindow(input, recordError(input.error).message, deps);
    }
    await endOperation(input, 'BackupCluster', status, deps);
  });
}

/** @returns how the workflow has ended */
async function settle(
  record: BackupRecord | undefined,
  input: FailedOperation,
  deps: BackupFailDeps,
): Promise<'Finished' | 'Error' | 'Canceled'> {
  if (record?.status === 'Finished') return 'Finished';
  if (record?.status === 'Processing') {
    const result = await unseenResult(record, input, deps);
    if (result !== undefined) {
      await deps.backups.finish(record.backupId, result);
      // It was refused if a user has cancelled the backup meanwhile: the record knows.
      return await settle(await deps.backups.get(record.backupId), input, deps);
    }
  }
  // The files of a deleted one are another workflow's.
  if (record !== undefined && record.status !== 'Deleting') {
    await discard(record, input, deps);
    await releaseBaseHold(record, deps.backups);
  }
  return isCanceled(input, record) ? 'Canceled' : 'Error';
}

/** Whatever the node died of: the user was told that the backup is cancelled. `Canceled` it is when this node ran before. */
function isCanceled({ error }: FailedOperation, record: BackupRecord | undefined): boolean {
  return (
    error.Error === CANCELED ||
    record?.status === 'Canceled' ||
    (record !== undefined && 'cancelRequested' in record && record.cancelRequested === true)
  );
}

/**
 * Looks before anything is removed: nobody may have heard how the statement ended. One that still runs is stopped first. That it
 * cannot be asked, as with a cluster that is lost, makes a whole backup no worse: `backupmeta` is the last that BR writes. What cannot
 * be looked at is taken for unfinished: to wait for storage that is away for good would hold the cluster for good.
 */
async function unseenResult(record: ProcessingBackup, input: FailedOperation, deps: BackupFailDeps) {
  if (isCanceled(input, record) || failureMeans(input.error.Error, 'endsBackup')) return undefined;
  const { backupId, clusterId, attempts: attempt } = record;
  await stopStatement(record, deps);
  const location = attemptLocation(record, attempt);
  const found = await unseenBackup(record, location, deps).catch((error: unknown) => {
    log.error({ message: 'whether a backup finished unseen could not be looked up', backupId, error });
    return undefined;
  });
  if (found === undefined) return undefined;
  const { tidbClusterId, state, ...outcome } = found;
  const cluster = await deps.clusters.get(clusterId);
  if (cluster !== undefined) await recordTidb(record, cluster, tidbClusterId, deps.clusters);
  const origin = tidbClusterId === undefined ? undefined : { clusterId, tidbClusterId };
  const checksums = record.wantsChecksums ? { missing: 'the node died before it had noted them' } : undefined;
  const awaitsCopy = copyOf(location) !== undefined;
  return { attempt, ...outcome, origin, checksums, awaitsCopy, at: timestamp(deps.clock), ...state };
}

async function unseenBackup(record: ProcessingBackup, location: StorageLocation, deps: BackupFailDeps) {
  const found = await finishedBehindUs(location, deps.files);
  if (found === undefined) return undefined;
  await assertOfBaseTidb(record, found.tidbClusterId, deps);
  return { ...found, state: await sealFiles(location, deps.files) };
}

/** @returns why BACKUP may still run; undefined: it does not */
async function stopStatement({ backupId, clusterId }: BackupRecord, deps: BackupFailDeps): Promise<string | undefined> {
  return await stopLeftovers(await deps.clusters.get(clusterId), [{ kind: 'BACKUP', backupId }], deps);
}

/**
 * The record ends first, and says that files remain until they are proven gone: from then on no late `finish` can call it
 * a backup, and a death at any line leaves a record of every file. Doing it again does what is left.
 */
async function discard(record: BackupRecord, input: FailedOperation, deps: BackupFailDeps): Promise<void> {
  const { backups, clock } = deps;
  const { backupId } = record;
  const end = (left: FilesLeft) => {
    const at = timestamp(clock);
    return isCanceled(input, record)
      ? backups.cancel(backupId, { ...left, at })
      : backups.fail(backupId, { error: recordError(input.error), ...left, at });
  };
  // Without an attempt nothing was sent to TiDB, and nothing written.
  const mayHaveFiles = record.attempts > 0;
  const hasEnded = await end(mayHaveFiles ? { filesRemain: 'they are being removed' } : {});
  if (mayHaveFiles && hasEnded) await end(await removeFiles(record, deps));
}

/**
 * Of a statement that may still write, nothing is removed: repair comes again.
 * @returns nothing if they are gone, and none will follow
 */
async function removeFiles(record: BackupRecord, deps: BackupFailDeps): Promise<FilesLeft> {
  const leftover = await stopStatement(record, deps);
  if (leftover !== undefined) return { filesRemain: leftover };
  try {
    await deps.files.removeAll(record.location);
    return {};
  } catch (error) {
    // They go when their day has come.
    if (error instanceof FilesLocked) return { filesRemain: error.message, lockedUntil: error.until };
    log.error({ message: 'files of a failed backup remain', backupId: record.backupId, error });
    return { filesRemain: error instanceof Error ? error.message : String(error) };
  }
}
