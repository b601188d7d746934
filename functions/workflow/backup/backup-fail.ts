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
import { findUnreportedResult } from '../restore/find-unreported-result.ts';
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
 * Node `fail` of a backup: afterwards nothing of it runs in TiDB, its files are removed, or the record says why they
 * remain, and the cluster is released. A backup that finished unreported, because its node or workflow died, is
 * completed instead.
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

/** @returns how the workflow ended */
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
      // It was rejected if a user has canceled the backup meanwhile: the record shows that.
      return await settle(await deps.backups.get(record.backupId), input, deps);
    }
  }
  // The files of a backup being deleted belong to another workflow.
  if (record !== undefined && record.status !== 'Deleting') {
    await discard(record, input, deps);
    await releaseBaseHold(record, deps.backups);
  }
  return isCanceled(input, record) ? 'Canceled' : 'Error';
}

/**
 * Whatever killed the node, the user was told that the backup is canceled. It is `Canceled` if this node ran before.
 */
function isCanceled({ error }: FailedOperation, record: BackupRecord | undefined): boolean {
  return (
    error.Error === CANCELED ||
    record?.status === 'Canceled' ||
    (record !== undefined && 'cancelRequested' in record && record.cancelRequested === true)
  );
}

/**
 * Checks before anything is removed, because nobody may have seen how the statement ended. A running one is stopped
 * first. If TiDB cannot be asked, because its cluster is lost, a complete backup still counts: BR writes `backupmeta`
 * last. If storage cannot be read, the backup counts as unfinished, because waiting for storage that never comes back
 * would hold the cluster forever.
 */
async function unseenResult(record: ProcessingBackup, input: FailedOperation, deps: BackupFailDeps) {
  if (isCanceled(input, record) || failureMeans(input.error.Error, 'endsBackup')) return undefined;
  const { backupId, clusterId, attempts: attempt } = record;
  await stopStatement(record, deps);
  const location = attemptLocation(record, attempt);
  const found = await unseenBackup(record, location, deps).catch((error: unknown) => {
    log.error({ message: 'could not check whether a backup finished unreported', backupId, error });
    return undefined;
  });
  if (found === undefined) return undefined;
  const { tidbClusterId, state, ...outcome } = found;
  const cluster = await deps.clusters.get(clusterId);
  if (cluster !== undefined) await recordTidb(record, cluster, tidbClusterId, deps.clusters);
  const origin = tidbClusterId === undefined ? undefined : { clusterId, tidbClusterId };
  const checksums = record.wantsChecksums ? { missing: 'the node died before it recorded them' } : undefined;
  const awaitsCopy = copyOf(location) !== undefined;
  return { attempt, ...outcome, origin, checksums, awaitsCopy, at: timestamp(deps.clock), ...state };
}

async function unseenBackup(record: ProcessingBackup, location: StorageLocation, deps: BackupFailDeps) {
  const found = await findUnreportedResult(location, deps.files);
  if (found === undefined) return undefined;
  await assertOfBaseTidb(record, found.tidbClusterId, deps);
  return { ...found, state: await sealFiles(location, deps.files) };
}

/** @returns why BACKUP may still run; `undefined` if it does not */
async function stopStatement({ backupId, clusterId }: BackupRecord, deps: BackupFailDeps): Promise<string | undefined> {
  return await stopLeftovers(await deps.clusters.get(clusterId), [{ kind: 'BACKUP', backupId }], deps);
}

/**
 * Ends the record first, and records that files remain until they are proven gone: from then on no late `finish` can
 * turn it into a backup, and a crash at any point leaves a record of every file. Idempotent.
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
  // Without an attempt, nothing was sent to TiDB and nothing was written.
  const mayHaveFiles = record.attempts > 0;
  const hasEnded = await end(mayHaveFiles ? { filesRemain: 'they are being removed' } : {});
  if (mayHaveFiles && hasEnded) await end(await removeFiles(record, deps));
}

/**
 * Removes nothing while a statement may still write: repair tries again.
 * @returns nothing if the files are gone, and none will follow
 */
async function removeFiles(record: BackupRecord, deps: BackupFailDeps): Promise<FilesLeft> {
  const leftover = await stopStatement(record, deps);
  if (leftover !== undefined) return { filesRemain: leftover };
  try {
    await deps.files.removeAll(record.location);
    return {};
  } catch (error) {
    // They are removed after their lock ends.
    if (error instanceof FilesLocked) return { filesRemain: error.message, lockedUntil: error.until };
    log.error({ message: 'files of a failed backup remain', backupId: record.backupId, error });
    return { filesRemain: error instanceof Error ? error.message : String(error) };
  }
}
