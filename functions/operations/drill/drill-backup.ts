import type { BackupChain } from '../../domain/backup/backup-chain.ts';
import type { FinishedBackup } from '../../domain/backup/backup-record.ts';
import type { BackupStore } from '../../domain/backup/backup-store.ts';
import { ServiceError } from '../../domain/shared/errors.ts';
import type { Attempt } from '../../domain/shared/request-attempt.ts';
import type { RestoreSource } from '../../domain/storage/second-copy.ts';
import type { Executor } from '../../domain/workflow/executor.ts';
import type { NewClusterInput } from '../../domain/workflow/workflow.ts';
import type { WorkflowStore } from '../../domain/workflow/workflow-store.ts';
import { recordInvalid, recordNotFound } from '../shared/record-refusals.ts';
import { refuseExecutorWithoutWorker } from '../shared/refuse-executor.ts';
import { restorableBackup } from '../shared/restorable-backup.ts';
import { type StartWorkflowDeps, startWorkflow, wasStarted, withRollback } from '../shared/start-workflow.ts';

export interface StartDrillDeps extends StartWorkflowDeps {
  workflows: StartWorkflowDeps['workflows'] & Pick<WorkflowStore, 'get'>;
}

export interface DrillBackupDeps extends StartDrillDeps {
  backups: Pick<BackupStore, 'get'>;
  /** Whether the tenant has a provisioner, which creates clusters. */
  hasProvisioner: boolean;
  hasWorker: boolean;
  attempt: Attempt;
}

/** What is asked of a drill. */
interface WantedDrill {
  /** Defaults to none. */
  assertions?: string[] | undefined;
  /** Passed to the provisioner. */
  parameters?: Record<string, unknown> | undefined;
  /** Where to restore and compare. */
  executor?: Executor | undefined;
  /** Where to read the files; defaults to the original. */
  source?: RestoreSource | undefined;
}

/**
 * Restores a finished backup into a throwaway cluster, compares it with the backup's checksums, and destroys the
 * cluster. The backup's own cluster is not locked, because the drill does not touch it.
 * @throws ServiceError 10001 the deployment has no provisioner, or no worker; 20604, 20610, 20612, 40100, 40103
 */
export async function drillBackup(
  { backupId, ...wanted }: WantedDrill & { backupId: string },
  deps: DrillBackupDeps,
): Promise<{ workFlowId: string }> {
  refuseExecutorWithoutWorker(wanted.executor, deps.hasWorker);
  const { attempt, workflows, executions } = deps;
  const [workFlowId, throwawayId] = [attempt.newId(), attempt.newId()];
  if (attempt.isRepeated) {
    const executionArn = executions.arnOf('RestoreDrill', workFlowId);
    if (await wasStarted(await workflows.get(workFlowId), executionArn, executions)) return { workFlowId };
  }
  const { record } = await drillableBackup({ backupId, source: wanted.source }, deps);
  await startDrill({ workFlowId, throwawayId, record, ...wanted, at: attempt.createTime() }, deps);
  return { workFlowId };
}

/**
 * A backup that can be drilled according to its records, and its chain.
 * @throws ServiceError 10001 the deployment has no provisioner; 20604, 20610, 20612
 */
export async function drillableBackup(
  { backupId, source }: Pick<WantedDrill, 'source'> & { backupId: string },
  { backups, hasProvisioner }: Pick<DrillBackupDeps, 'backups' | 'hasProvisioner'>,
): Promise<{ record: FinishedBackup; chain: BackupChain }> {
  if (!hasProvisioner) {
    throw new ServiceError(
      'TIEM_PARAMETER_INVALID',
      'backupId: a drill needs a throwaway cluster, and this deployment has no provisioner to create one; set provisionerArn in the tenant file, or restore the backup into a cluster of your own',
    );
  }
  const chain = await restorableBackup({ backupId, source }, backups);
  const record = chain.at(-1);
  if (record === undefined) throw recordNotFound(backupId);
  const why = whyNotComparable(record);
  if (why === undefined) return { record, chain };
  throw recordInvalid(record, `${why}; only a backup with checksums can be drilled: start one with "checksums": true`);
}

/** `undefined` if it has checksums to compare. */
export function whyNotComparable({ checksums }: FinishedBackup): string | undefined {
  if (checksums?.tables !== undefined) return undefined;
  return checksums?.missing ?? 'it has no table checksums';
}

interface DrillStart extends WantedDrill {
  workFlowId: string;
  /** Id of the cluster to create. */
  throwawayId: string;
  record: FinishedBackup;
  at: string;
}

/** @throws ServiceError 40100, 40103 */
export async function startDrill(
  { workFlowId, throwawayId, record, assertions = [], parameters = {}, executor, source, at }: DrillStart,
  deps: StartDrillDeps,
): Promise<void> {
  const { backupId, clusterId } = record;
  const newCluster = { provisioner: 'lambda', onFailure: 'destroy' } as const;
  const input: NewClusterInput = {
    ...{ workFlowId, clusterId: throwawayId, backupId, maintenanceStatusChange: true },
    ...newCluster,
    ...{ clusterName: `Drill of ${backupId}`, timezone: 'UTC', parameters },
    source,
    wantedExecutor: executor,
    drill: { clusterId, startTime: at },
  };
  await withRollback(
    () => startWorkflow({ flowName: 'RestoreDrill', input, bizId: clusterId, at, newCluster, assertions }, deps),
    // As for a restore: an execution that begins too late finds no workflow, and orders nothing.
    () => deps.workflows.removeUnstarted(workFlowId),
  );
}
