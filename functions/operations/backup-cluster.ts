import type { BackupMode, InitializingBackup } from '../domain/backup-record.ts';
import { type Clock, timestamp } from '../domain/clock.ts';
import { newIdentifier } from '../domain/identifiers.ts';
import { below } from '../domain/storage-location.ts';
import type { BackupStore, ClusterStore, ConfigStore } from '../domain/stores.ts';
import { storageBase } from '../domain/system-config.ts';
import { failingAs } from './failing-as.ts';
import { lockCluster } from './lock-cluster.ts';
import { orTakeBack, type StartWorkflowDeps, startWorkflow } from './start-workflow.ts';

export interface BackupClusterDeps extends StartWorkflowDeps {
  clusters: Pick<ClusterStore, 'lock' | 'unlock'>;
  backups: Pick<BackupStore, 'create' | 'removeUnstarted'>;
  config: Pick<ConfigStore, 'read'>;
  /** `bucket/prefix` of the deployment's own bucket. */
  defaultStoragePath: string;
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
  const base = storageBase(await deps.config.read(), deps.defaultStoragePath);
  const backupId = newIdentifier();
  const at = timestamp(deps.clock);
  await lockCluster(clusterId, { status: 'BackUp', operationId: backupId, since: at }, deps.clusters);

  const record: InitializingBackup = {
    backupId,
    clusterId,
    backupType: 'full',
    backupMethod: 'physical',
    backupMode,
    location: below(base, clusterId, backupId),
    attempts: 0,
    // One backup is one run of the workflow, so one id serves both.
    workFlowId: backupId,
    executor: 'lambda',
    status: 'Initializing',
    createTime: at,
    updateTime: at,
  };
  const input = { workFlowId: backupId, clusterId, backupId, maintenanceStatusChange: true };
  await orTakeBack(
    async () => {
      await failingAs('TIEM_BACKUP_RECORD_CREATE_FAILED', deps.backups.create(record));
      await startWorkflow({ flowName: 'BackupCluster', input, at }, deps);
    },
    async () => {
      // The record goes first. An execution that was started after all, too late for our look, has either begun by then,
      // which keeps the record and so everything else; or it finds no record, and ends without having written anything.
      if (!(await deps.backups.removeUnstarted(backupId))) return false;
      await deps.workflows.removeUnstarted(backupId);
      await deps.clusters.unlock(clusterId, backupId);
      return true;
    },
  );
  return { workFlowId: backupId, backupId };
}
