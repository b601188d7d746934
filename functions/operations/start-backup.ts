import type { BackupMode, InitializingBackup } from '../domain/backup-record.ts';
import type { Executor } from '../domain/executor.ts';
import { below, type StorageLocation } from '../domain/storage-location.ts';
import type { BackupStore, WorkflowStore } from '../domain/stores.ts';
import { correlationOf } from '../log.ts';
import { failingAs } from './failing-as.ts';
import { orTakeBack, type StartWorkflowDeps, startWorkflow } from './start-workflow.ts';

export interface StartBackupDeps extends StartWorkflowDeps {
  backups: Pick<BackupStore, 'create' | 'removeUnstarted'>;
}

export interface TakeBackDeps {
  backups: Pick<BackupStore, 'removeUnstarted'>;
  workflows: Pick<WorkflowStore, 'removeUnstarted'>;
}

export interface BackupRequest {
  backupId: string;
  clusterId: string;
  backupMode: BackupMode;
  /** Of a manual one. */
  expireAt?: string | undefined;
  /** Where the request wants it to run. */
  executor?: Executor | undefined;
  /** Whether its tables are to be noted, for a drill to compare. */
  checksums: boolean;
  /** Where the tenant's backups go. */
  base: StorageLocation;
  at: string;
}

/**
 * Starts a backup that holds its cluster already: writes the record, starts the workflow. What fails on the way undoes what
 * came before.
 * @param letGo frees the cluster; it is told the failure, if there was one
 * @returns false: there is such a backup; the cluster is free again, and nothing was started
 * @throws ServiceError 20602, 40100, 40103
 */
export async function startBackup(
  { backupId, clusterId, backupMode, executor, expireAt, checksums, base, at }: BackupRequest,
  letGo: (failure?: unknown) => Promise<unknown>,
  deps: StartBackupDeps,
): Promise<boolean> {
  const record: InitializingBackup = {
    backupId,
    clusterId,
    backupType: 'full',
    backupMethod: 'physical',
    backupMode,
    ...(checksums && { wantsChecksums: true }),
    location: below(base, clusterId, backupId),
    attempts: 0,
    // One backup is one run of the workflow, so one id serves both.
    workFlowId: backupId,
    // Until it is chosen, which the workflow does first.
    executor: executor ?? 'lambda',
    correlationId: correlationOf(backupId),
    ...(expireAt !== undefined && { expireAt }),
    status: 'Initializing',
    createTime: at,
    updateTime: at,
  };
  const input = { workFlowId: backupId, clusterId, backupId, maintenanceStatusChange: true, wantedExecutor: executor };
  let isNew = true;
  await orTakeBack(
    async () => {
      isNew = await failingAs('TIEM_BACKUP_RECORD_CREATE_FAILED', deps.backups.create(record));
      if (isNew) await startWorkflow({ flowName: 'BackupCluster', input, at }, deps);
    },
    (failure) => takeBackBackup(backupId, () => letGo(failure), deps),
  );
  if (!isNew) await letGo();
  return isNew;
}

/**
 * Undoes the start of a backup that has not begun.
 * @returns false: it has, and nothing was undone
 */
export async function takeBackBackup(
  backupId: string,
  letGo: () => Promise<unknown>,
  { backups, workflows }: TakeBackDeps,
): Promise<boolean> {
  // The record goes first. An execution that was started after all, too late for our look, has either begun by then,
  // which keeps the record and so everything else; or it finds no record, and ends without having written anything.
  if (!(await backups.removeUnstarted(backupId))) return false;
  await workflows.removeUnstarted(backupId);
  await letGo();
  return true;
}
