import type { BackupStore } from '../../domain/backup/backup-store.ts';
import { ownBackups } from '../../domain/cluster/cluster.ts';
import type { ClusterStore } from '../../domain/cluster/cluster-store.ts';
import type { ConfigStore } from '../../domain/config/config-store.ts';
import { type DeploymentStorage, storageBase } from '../../domain/config/system-config.ts';
import { type Clock, timestamp } from '../../domain/shared/clock.ts';
import { ServiceError } from '../../domain/shared/errors.ts';
import type { Attempt } from '../../domain/shared/request-attempt.ts';
import type { StorageLocation } from '../../domain/storage/storage-location.ts';
import { lockCluster } from '../shared/lock-cluster.ts';
import { refuseExecutorWithoutWorker } from '../shared/refuse-executor.ts';
import { wasStarted } from '../shared/start-workflow.ts';
import { type BackupRequest, type StartBackupDeps, startBackup } from './start-backup.ts';

export interface BackupClusterDeps extends StartBackupDeps, DeploymentStorage {
  clusters: Pick<ClusterStore, 'lock' | 'unlock'>;
  backups: StartBackupDeps['backups'] & Pick<BackupStore, 'get'>;
  config: Pick<ConfigStore, 'read'>;
  /** Whether the deployment has a worker: it does if the tenant names a network. */
  hasWorker: boolean;
  attempt: Attempt;
  clock: Pick<Clock, 'now'>;
}

export interface WantedBackup
  extends Pick<BackupRequest, 'clusterId' | 'backupMode' | 'backupType' | 'scope' | 'executor' | 'expireAt'> {
  /** Defaults to true if the cluster's strategy has drills. */
  checksums?: boolean | undefined;
}

/**
 * BackupCluster of the design document: locks the cluster, writes the record, starts the workflow. A failure undoes the
 * earlier steps. Whether the cluster can be reached is left to the workflow, which records it. An incremental backup
 * builds on the newest finished backup of its scope.
 * @throws ServiceError 10001 `expireAt` has passed, or there is no worker; 10003, 20114, 20600, 20601, 20602, 20604,
 * 20610, 40100, 40103
 */
export async function backupCluster(
  { checksums, ...wanted }: WantedBackup,
  deps: BackupClusterDeps,
): Promise<{ workFlowId: string; backupId: string }> {
  const { clusterId, backupMode } = wanted;
  const { attempt, backups, clusters, executions } = deps;
  const backupId = attempt.newId();
  const started = { workFlowId: backupId, backupId };
  if (attempt.isRepeated) {
    const executionArn = executions.arnOf('BackupCluster', backupId);
    if (await wasStarted(await backups.get(backupId), executionArn, executions)) return started;
  }
  const base = await placeOfBackup(wanted, deps);
  const since = timestamp(deps.clock);
  const cluster = await lockCluster(
    clusterId,
    { status: 'BackUp', operationId: backupId, since, backupMode },
    clusters,
  );
  const releaseCluster = () => clusters.unlock(clusterId, backupId);
  const request = {
    ...wanted,
    backupId,
    own: ownBackups(cluster),
    withoutBase: 'refused',
    checksums: checksums ?? cluster.strategy?.drill !== undefined,
    base,
    at: attempt.createTime(),
  } as const;
  const isNew = await startBackup(request, releaseCluster, deps);
  if (!isNew) throw new ServiceError('TIEM_BACKUP_RECORD_CREATE_FAILED', 'its id is taken');
  return started;
}

export interface PlaceOfBackupDeps extends DeploymentStorage {
  config: Pick<ConfigStore, 'read'>;
  hasWorker: boolean;
  clock: Pick<Clock, 'now'>;
}

/**
 * Where backups of the tenant go, if such a backup is possible at all.
 * @throws ServiceError 10001, 20600, 20601
 */
export async function placeOfBackup(
  { executor, expireAt }: Pick<WantedBackup, 'executor' | 'expireAt'>,
  deps: PlaceOfBackupDeps,
): Promise<StorageLocation> {
  refuseExecutorWithoutWorker(executor, deps.hasWorker);
  if (expireAt !== undefined && Date.parse(expireAt) <= deps.clock.now()) {
    throw new ServiceError('TIEM_PARAMETER_INVALID', 'expireAt: must be in the future');
  }
  return storageBase(await deps.config.read(), deps);
}
