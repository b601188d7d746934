import { originOf } from '../../domain/backup/backup-meta.ts';
import { attemptLocation, type ProcessingBackup } from '../../domain/backup/backup-record.ts';
import type { BackupStore } from '../../domain/backup/backup-store.ts';
import type { Cluster } from '../../domain/cluster/cluster.ts';
import type { ClusterStore } from '../../domain/cluster/cluster-store.ts';
import { BACKUP_META, type BackupFiles } from '../../domain/storage/backup-files.ts';
import type { StorageLocation } from '../../domain/storage/storage-location.ts';
import { NodeFailure } from '../../domain/workflow/node-failure.ts';
import { log } from '../../log.ts';

/**
 * Finds which TiDB a complete backup was taken from, and stores it with the cluster.
 * @throws NodeFailure BaseUnfit
 */
export async function identify(
  record: ProcessingBackup,
  cluster: Cluster,
  location: StorageLocation,
  deps: {
    clusters: Pick<ClusterStore, 'recordTidb'>;
    backups: Pick<BackupStore, 'get'>;
    files: Pick<BackupFiles, 'read'>;
  },
): Promise<{ tidbClusterId?: string }> {
  const tidbClusterId = await tidbOf(location, deps.files);
  if (tidbClusterId === undefined) return {};
  await recordTidb(record, cluster, tidbClusterId, deps.clusters);
  await assertOfBaseTidb(record, tidbClusterId, deps);
  return { tidbClusterId };
}

/** `undefined` if it cannot be read, which does not harm the backup. */
async function tidbOf(location: StorageLocation, files: Pick<BackupFiles, 'read'>): Promise<string | undefined> {
  try {
    const meta = await files.read(location, BACKUP_META);
    return meta && (await originOf(meta)).tidbClusterId;
  } catch (error) {
    log.warn({ message: 'the TiDB of a backup could not be read', error });
    return undefined;
  }
}

/**
 * TiDB builds on any given TSO, even another cluster's, but such a backup cannot be restored.
 * @throws NodeFailure BaseUnfit
 */
export async function assertOfBaseTidb(
  { base }: Pick<ProcessingBackup, 'base'>,
  tidbClusterId: string | undefined,
  { backups, files }: { backups: Pick<BackupStore, 'get'>; files: Pick<BackupFiles, 'read'> },
): Promise<void> {
  if (base === undefined || tidbClusterId === undefined) return;
  const record = await backups.get(base.backupId);
  if (record?.status !== 'Finished') return;
  const ofBase = record.tidbClusterId ?? (await tidbOf(attemptLocation(record, record.finishedAttempt), files));
  if (ofBase === undefined || ofBase === tidbClusterId) return;
  throw new NodeFailure(
    'BaseUnfit',
    `the backup ${base.backupId} was taken from TiDB cluster ${ofBase}, but the registration now leads to ${tidbClusterId}: an incremental backup on it could not be restored. Take a full backup`,
  );
}

/**
 * Stores with the cluster which TiDB it is, if that has changed: from then on backups of the former one do not count as
 * its own.
 */
export async function recordTidb(
  { backupId, createTime }: Pick<ProcessingBackup, 'backupId' | 'createTime'>,
  { clusterId, tidb: known, createTime: registeredAt }: Cluster,
  tidbClusterId: string | undefined,
  clusters: Pick<ClusterStore, 'recordTidb'>,
): Promise<void> {
  if (tidbClusterId === undefined || tidbClusterId === known?.clusterId) return;
  if (known !== undefined) {
    log.warn({
      message:
        'the registration leads to another TiDB: earlier backups no longer count for retention, chains, drills and ages',
      ...{ clusterId, backupId, tidbClusterId, formerTidbClusterId: known.clusterId },
    });
  }
  const tidb =
    known === undefined
      ? { clusterId: tidbClusterId, since: registeredAt }
      : { clusterId: tidbClusterId, since: createTime, formerClusterId: known.clusterId };
  await clusters.recordTidb(clusterId, { registeredAt, tidb });
}
