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
  /** Why something may be left in the cluster: the record stays, and repair tries again. */
  left?: string | undefined;
  /** Of its files, still to be started once the cluster is free. */
  deletion?: DeletingBackup | undefined;
}

/**
 * Removes what a scratch backup has made: its database, and what a RESTORE that was interrupted keeps in TiDB. The record tells of them,
 * and of the files, which its deletion removes. Doing it again does what is left. The caller frees the cluster.
 */
export async function endScratch(
  { workFlowId, clusterId, backupId }: Pick<CheckInput, 'workFlowId' | 'clusterId' | 'backupId'>,
  deps: EndScratchDeps,
): Promise<EndedScratch> {
  const { clusters, backups, deletions, clock } = deps;
  const record = await backups.get(backupId);
  // It comes before all else that is made, and goes last.
  if (record === undefined || record.status === 'Deleting') return {};
  const at = timestamp(clock);
  // Repair may come long after the cluster was freed, as its TiDB was away.
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
      return `the database of the check is still there: the cluster is held by ${lock.maintenance?.status ?? 'another operation'}`;
    case 'notFound':
      // It is no longer registered, and nobody can reach its TiDB any more.
      return undefined;
    default:
      return assertNever(lock);
  }
}

/** Removes what is in TiDB. @returns why something may be left; undefined: nothing is */
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
    log.error({ message: 'a scratch backup could not be cleared away', backupId, error });
    return error instanceof Error ? error.message : String(error);
  } finally {
    scratch.close();
  }
}

/**
 * A RESTORE that was interrupted has left a checkpoint, with which TiDB refuses all others. The same statement goes on from there, and
 * clears it. Of another restore's, TiDB tells: that stays.
 */
async function finishRestore(record: BackupRecord, cluster: Cluster, deps: EndScratchDeps): Promise<void> {
  const { backupId, attempts: attempt, scope } = record;
  const location = attemptLocation(record, attempt);
  // Without a whole backup, no RESTORE was sent.
  if (attempt === 0 || !(await deps.files.exists(location, BACKUP_META))) return;
  const session = await deps.tidb.openSession(cluster, deps);
  try {
    if (leftBehind(await session.control.restoreLeftovers()) === undefined) return;
    const limits = await operationLimits('Restore', deps.config);
    await supervise({
      mark: { kind: 'RESTORE', backupId, attempt },
      announce: async (place) => log.info({ message: 'an interrupted restore goes on', backupId, ...place }),
      send: () => session.restore({ location, limits, scope }),
      observe: async () => {},
      adopt: async () => undefined,
      session,
      clock: deps.clock,
      runner: deps,
    });
  } catch (error) {
    if (!(error instanceof NodeFailure) || !failureMeans(error.name, 'isLeftover')) throw error;
    log.warn({ message: 'what another restore has left in the cluster stays there', backupId, error });
  } finally {
    session.close();
  }
}

/** Where it cannot be started, reconcile does so. */
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
