import type { BackupMode } from '../domain/backup-record.ts';
import { type Clock, timestamp } from '../domain/clock.ts';
import { ServiceError } from '../domain/errors.ts';
import { newIdentifier } from '../domain/identifiers.ts';
import type { ClusterStore, ConfigStore } from '../domain/stores.ts';
import { type DeploymentStorage, storageBase } from '../domain/system-config.ts';
import { lockCluster } from './lock-cluster.ts';
import { type StartBackupDeps, startBackup } from './start-backup.ts';

export interface BackupClusterDeps extends StartBackupDeps, DeploymentStorage {
  clusters: Pick<ClusterStore, 'lock' | 'unlock'>;
  config: Pick<ConfigStore, 'read'>;
  clock: Pick<Clock, 'now'>;
}

/**
 * BackupCluster of the design document: locks the cluster, writes the record, starts the workflow. What fails on the way
 * undoes what came before. Whether the cluster can be reached is the workflow's business: it ends in the record.
 * @throws ServiceError 10003, 20114, 20600, 20601, 20602, 40100, 40103
 */
export async function backupCluster(
  { clusterId, backupMode }: { clusterId: string; backupMode: BackupMode },
  deps: BackupClusterDeps,
): Promise<{ workFlowId: string; backupId: string }> {
  const base = storageBase(await deps.config.read(), deps);
  const backupId = newIdentifier();
  const at = timestamp(deps.clock);
  await lockCluster(clusterId, { status: 'BackUp', operationId: backupId, since: at, backupMode }, deps.clusters);
  const letGo = () => deps.clusters.unlock(clusterId, backupId);
  const isNew = await startBackup({ backupId, clusterId, backupMode, base, at }, letGo, deps);
  if (!isNew) throw new ServiceError('TIEM_BACKUP_RECORD_CREATE_FAILED', 'its id is taken');
  return { workFlowId: backupId, backupId };
}
