import {
  attemptLocation,
  type BackupRecord,
  type DeletingBackup,
  deletionId,
} from '../../domain/backup/backup-record.ts';
import type { BackupStore } from '../../domain/backup/backup-store.ts';
import type { DeletionStore } from '../../domain/backup/deletion-store.ts';
import type { Cluster } from '../../domain/cluster/cluster.ts';
import type { ClusterStore } from '../../domain/cluster/cluster-store.ts';
import { scratchDatabase } from '../../domain/cluster/scratch.ts';
import type { ConfigStore } from '../../domain/config/config-store.ts';
import { assertNever } from '../../domain/shared/assert-never.ts';
import { type Clock, timestamp } from '../../domain/shared/clock.ts';
import { BACKUP_META, type BackupFiles } from '../../domain/storage/backup-files.ts';
import { leftBehind } from '../../domain/tidb/restore-target.ts';
import type { TidbGateway } from '../../domain/tidb/tidb.ts';
import { failureMeans } from '../../domain/workflow/failure-table.ts';
import { NodeFailure } from '../../domain/workflow/node-failure.ts';
import type { CheckInput } from '../../domain/workflow/workflow.ts';
import type { WorkflowExecutions } from '../../domain/workflow/workflow-executions.ts';
import { log } from '../../log.ts';
import type { NodeRunner } from '../shared/node-runner.ts';
import { operationLimits } from '../shared/operation-limits.ts';
import { stopLeftovers } from '../shared/stop-statements.ts';
import { supervise } from '../shared/supervise-statement.ts';

export interface EndScratchDeps extends NodeRunner {
  clusters: Pick<ClusterStore, 'lock'>;
  backups: Pick<BackupStore, 'get' | 'cancel'>;
  deletions: Pick<DeletionStore, 'begin'>;
  config: Pick<ConfigStore, 'read'>;
  executions: Pick<WorkflowExecutions, 'start'>;
  tidb: Pick<TidbGateway, 'openControl' | 'openSession' | 'openScratch'>;
  files: Pick<BackupFiles, 'exists'>;
  clock: Clock;
}

export interface EndedScratch {
  /** Why something may remain in the cluster: the record stays, and repair tries again. */
  left?: string | undefined;
  /** The deletion of its files, to be started once the cluster is released. */
  deletion?: DeletingBackup | undefined;
}

/**
 * Removes what a scratch backup created: its database, and what an interrupted RESTORE keeps in TiDB. The record covers
 * these, and the files, which its deletion removes. Idempotent. The caller releases the cluster.
 */
export async function endScratch(
  { workFlowId, clusterId, backupId }: Pick<CheckInput, 'workFlowId' | 'clusterId' | 'backupId'>,
  deps: EndScratchDeps,
): Promise<EndedScratch> {
  const { clusters, backups, deletions, clock } = deps;
  const record = await backups.get(backupId);
  // It is created first and removed last.
  if (record === undefined || record.status === 'Deleting') return {};
  const at = timestamp(clock);
  // Repair may come long after the cluster was released, because its TiDB was unreachable.
  const lock = await clusters.lock(clusterId, { status: 'BackUp', operationId: workFlowId, since: at });
  const left = await whatIsLeft(record, lock, deps);
  await backups.cancel(backupId, { filesRemain: left ?? 'they are to be deleted', at: timestamp(clock) });
  if (left !== undefined) return { left };
  return { deletion: await deletions.begin(backupId, timestamp(clock), undefined, 'it was taken by a check') };
}

async function whatIsLeft(
  record: BackupRecord,
  lock: Awaited<ReturnType<ClusterStore['lock']>>,
  deps: EndScratchDeps,
): Promise<string | undefined> {
  switch (lock.outcome) {
    case 'locked':
      return await clearScratch(record, lock.cluster, deps);
    case 'held':
      return `the database of the check still exists: the cluster is held by ${lock.maintenance?.status ?? 'another operation'}`;
    case 'notFound':
      // It is no longer registered, so nobody can reach its TiDB.
      return undefined;
    default:
      return assertNever(lock);
  }
}

/**
 * Removes what is in TiDB.
 * @returns why something may remain; `undefined` if nothing does
 */
export async function clearScratch(
  record: BackupRecord,
  cluster: Cluster,
  deps: EndScratchDeps,
): Promise<string | undefined> {
  const { backupId, workFlowId } = record;
  for (const kind of ['BACKUP', 'RESTORE'] as const) {
    const running = await stopLeftovers(cluster, [{ kind, backupId }], deps);
    if (running !== undefined) return running;
  }
  const scratch = deps.tidb.openScratch(cluster, scratchDatabase(workFlowId));
  try {
    await finishRestore(record, cluster, deps);
    await scratch.drop();
    return undefined;
  } catch (error) {
    log.error({ message: 'a scratch backup could not be removed', backupId, error });
    return error instanceof Error ? error.message : String(error);
  } finally {
    scratch.close();
  }
}

/**
 * An interrupted RESTORE leaves a checkpoint that makes TiDB reject all others. The same statement resumes from there,
 * and clears it. A checkpoint of another restore stays: TiDB says so.
 */
async function finishRestore(record: BackupRecord, cluster: Cluster, deps: EndScratchDeps): Promise<void> {
  const { backupId, attempts: attempt, scope } = record;
  const location = attemptLocation(record, attempt);
  // Without a complete backup, no RESTORE was sent.
  if (attempt === 0 || !(await deps.files.exists(location, BACKUP_META))) return;
  const session = await deps.tidb.openSession(cluster, deps);
  try {
    if (leftBehind(await session.control.restoreLeftovers()) === undefined) return;
    const limits = await operationLimits('Restore', deps.config);
    await supervise({
      mark: { kind: 'RESTORE', backupId, attempt },
      announce: async (place) => log.info({ message: 'an interrupted restore is resumed', backupId, ...place }),
      send: () => session.restore({ location, limits, scope }),
      observe: async () => {},
      adopt: async () => undefined,
      session,
      clock: deps.clock,
      runner: deps,
    });
  } catch (error) {
    if (!(error instanceof NodeFailure) || !failureMeans(error.name, 'isLeftover')) throw error;
    log.warn({ message: 'remains of another restore stay in the cluster', backupId, error });
  } finally {
    session.close();
  }
}

/** If this fails, reconcile starts it. */
export async function startDeletion(
  record: DeletingBackup | undefined,
  { executions }: Pick<EndScratchDeps, 'executions'>,
): Promise<void> {
  if (record === undefined) return;
  const { backupId, clusterId } = record;
  const input = { workFlowId: deletionId(record), clusterId, backupId, maintenanceStatusChange: true };
  await executions
    .start('DeleteBackup', input)
    .catch((error: unknown) => log.warn({ message: 'a deletion could not be started yet', backupId, error }));
}
