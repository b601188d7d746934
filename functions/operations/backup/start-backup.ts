import { releaseBaseHold } from '../../domain/backup/backup-chain.ts';
import type { BackupBase, BackupMode, BackupRecord, InitializingBackup } from '../../domain/backup/backup-record.ts';
import { type BackupScope, scopeKey } from '../../domain/backup/backup-scope.ts';
import type { BackupStore } from '../../domain/backup/backup-store.ts';
import type { OwnBackups } from '../../domain/cluster/cluster.ts';
import { ServiceError } from '../../domain/shared/errors.ts';
import { below, type StorageLocation } from '../../domain/storage/storage-location.ts';
import type { Executor } from '../../domain/workflow/executor.ts';
import type { WorkflowStore } from '../../domain/workflow/workflow-store.ts';
import { correlationOf } from '../../log.ts';
import { type StartWorkflowDeps, startWorkflow, withRollback } from '../shared/start-workflow.ts';
import { wrapErrors } from '../shared/wrap-errors.ts';

export interface StartBackupDeps extends StartWorkflowDeps {
  backups: TakeBackDeps['backups'] & Pick<BackupStore, 'create' | 'newestOfScope' | 'holdBase'>;
}

export interface TakeBackDeps {
  backups: Pick<BackupStore, 'get' | 'removeUnstarted' | 'releaseBase'>;
  workflows: Pick<WorkflowStore, 'removeUnstarted'>;
}

export interface BackupRequest {
  backupId: string;
  clusterId: string;
  /** Which backups it may build on: others of the cluster id may belong to another TiDB. */
  own: OwnBackups;
  backupMode: BackupMode;
  /** Set for a manual backup. */
  expireAt?: string | undefined;
  /** Where the request wants it to run. */
  executor?: Executor | undefined;
  /** Whether to compute table checksums, for drills to compare. */
  checksums: boolean;
  backupType: BackupRecord['backupType'];
  /** What happens to an incremental backup without a base: it becomes full, as the first of a chain, or is refused. */
  withoutBase: 'full' | 'refused';
  /** Whether it becomes a full one if TiDB can no longer build on its base. */
  fallbackToFull?: boolean | undefined;
  /** Defaults to everything. */
  scope?: BackupScope | undefined;
  /** Where the tenant's backups go. */
  base: StorageLocation;
  at: string;
}

/**
 * Starts a backup that already holds its cluster: writes the record, holds the base, starts the workflow. A failure
 * undoes the earlier steps.
 * @param releaseCluster releases the cluster; it gets the failure, if there was one
 * @returns false if the backup already exists; then the cluster is released, and nothing was started
 * @throws ServiceError 20602, 20604, 20610 there is nothing to build on; 40100, 40103
 */
export async function startBackup(
  request: BackupRequest,
  releaseCluster: (failure?: unknown) => Promise<unknown>,
  deps: StartBackupDeps,
): Promise<boolean> {
  const { backupId, clusterId, executor, at } = request;
  const input = { workFlowId: backupId, clusterId, backupId, maintenanceStatusChange: true, wantedExecutor: executor };
  let heldBase: BackupBase | undefined;
  let isNew = true;
  await withRollback(
    async () => {
      const record = await newRecord(request, deps.backups);
      heldBase = record.base;
      isNew = await wrapErrors('TIEM_BACKUP_RECORD_CREATE_FAILED', deps.backups.create(record));
      if (!isNew) return;
      if (heldBase !== undefined) await holdBase(heldBase, backupId, deps.backups);
      await startWorkflow({ flowName: 'BackupCluster', input, at }, deps);
    },
    (failure) => takeBackBackup({ backupId, base: heldBase }, () => releaseCluster(failure), deps),
  );
  if (!isNew) await releaseCluster();
  return isNew;
}

async function newRecord(
  request: BackupRequest,
  backups: Pick<BackupStore, 'newestOfScope'>,
): Promise<InitializingBackup> {
  const { backupId, clusterId, backupMode, scope, executor, expireAt, checksums, base, at } = request;
  return {
    backupId,
    clusterId,
    ...(await typeAndBase(request, backups)),
    ...(scope && { scope }),
    backupMethod: 'physical',
    backupMode,
    ...(checksums && { wantsChecksums: true }),
    location: below(base, clusterId, backupId),
    attempts: 0,
    // One backup is one run of the workflow, so one id serves both.
    workFlowId: backupId,
    // The default until the workflow's first step chooses one.
    executor: executor ?? 'lambda',
    correlationId: correlationOf(backupId),
    ...(expireAt !== undefined && { expireAt }),
    status: 'Initializing',
    createTime: at,
    updateTime: at,
  };
}

/** @throws ServiceError 20604, 20610 there is nothing to build on */
export async function typeAndBase(
  {
    own,
    backupType,
    withoutBase,
    fallbackToFull,
    scope,
  }: Pick<BackupRequest, 'own' | 'backupType' | 'withoutBase' | 'fallbackToFull' | 'scope'>,
  backups: Pick<BackupStore, 'newestOfScope'>,
): Promise<Pick<InitializingBackup, 'backupType' | 'base' | 'fallbackToFull'>> {
  if (backupType === 'full') return { backupType };
  const newest = backups.newestOfScope(own, scopeKey(scope));
  const base = await wrapErrors('TIEM_BACKUP_RECORD_QUERY_FAILED', newest);
  if (base !== undefined) return { backupType, base, ...(fallbackToFull && { fallbackToFull }) };
  if (withoutBase === 'full') return { backupType: 'full' };
  throw new ServiceError(
    'TIEM_BACKUP_RECORD_INVALID',
    `an incremental backup needs a finished backup of ${scope ? 'this scope' : 'the whole cluster'} from the same TiDB, and there is none; take one with backupType "full" first`,
  );
}

/**
 * The record is written before it holds its base, so that anyone who finds the hold can tell whether it is still needed:
 *
 *     start:  create ─────────────────────── holdBase
 *     delete: ──────── begin (base Deleting)              refused, and rolled back: nothing was started
 *     delete: ────────────────────────────── begin        refused: others build on it
 *
 * A repeated start may find the record of the earlier one, which names an older base: its node holds that one.
 * @throws ServiceError 20602, 20610
 */
async function holdBase(base: BackupBase, backupId: string, backups: Pick<BackupStore, 'holdBase'>): Promise<void> {
  if (await wrapErrors('TIEM_BACKUP_RECORD_CREATE_FAILED', backups.holdBase(base, backupId))) return;
  throw new ServiceError(
    'TIEM_BACKUP_RECORD_INVALID',
    `the base backup ${base.backupId} has just been deleted; try again`,
  );
}

/**
 * Undoes the start of a backup that has not begun.
 * @returns false if it has begun, so that nothing was undone
 */
export async function takeBackBackup(
  { backupId, base }: Pick<BackupRecord, 'backupId' | 'base'>,
  releaseCluster: () => Promise<unknown>,
  { backups, workflows }: TakeBackDeps,
): Promise<boolean> {
  // Remove the record first. An execution that was started after all, too late for our check, has then either begun,
  // which keeps the record and everything else; or it finds no record and ends without having written anything.
  if (!(await backups.removeUnstarted(backupId))) return false;
  await workflows.removeUnstarted(backupId);
  await releaseBaseHold({ backupId, base }, backups);
  await releaseCluster();
  return true;
}
