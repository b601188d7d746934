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
  /** Whether the tenant has a provisioner, which makes clusters. */
  hasProvisioner: boolean;
  hasWorker: boolean;
  attempt: Attempt;
}

/** What is asked of a drill. */
interface WantedDrill {
  /** Absent: none. */
  assertions?: string[] | undefined;
  /** For the provisioner. */
  parameters?: Record<string, unknown> | undefined;
  /** Where it is to restore and to compare. */
  executor?: Executor | undefined;
  /** Where the files are read; absent: where they were written. */
  source?: RestoreSource | undefined;
}

/**
 * Restores a finished backup into a throwaway cluster, compares it with what was noted of its tables, and destroys the cluster.
 * The cluster that it was taken of is not held: nothing of it is touched.
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
 * A backup that can be drilled, as far as records tell, and the chain that it ends.
 * @throws ServiceError 10001 the deployment has no provisioner; 20604, 20610, 20612
 */
export async function drillableBackup(
  { backupId, source }: Pick<WantedDrill, 'source'> & { backupId: string },
  { backups, hasProvisioner }: Pick<DrillBackupDeps, 'backups' | 'hasProvisioner'>,
): Promise<{ record: FinishedBackup; chain: BackupChain }> {
  if (!hasProvisioner) {
    throw new ServiceError(
      'TIEM_PARAMETER_INVALID',
      'backupId: a drill needs a throwaway cluster, and this deployment has no provisioner to make one; set provisionerArn in the tenant file, or restore it into a cluster of your own',
    );
  }
  const chain = await restorableBackup({ backupId, source }, backups);
  const record = chain.at(-1);
  if (record === undefined) throw recordNotFound(backupId);
  const why = whyNotComparable(record);
  if (why === undefined) return { record, chain };
  throw recordInvalid(
    record,
    `${why}; only a backup with noted tables can be drilled: start one with "checksums": true`,
  );
}

/** Undefined: it can be compared with its notes. */
export function whyNotComparable({ checksums }: FinishedBackup): string | undefined {
  if (checksums?.tables !== undefined) return undefined;
  return checksums?.missing ?? 'nothing was noted of its tables';
}

interface DrillStart extends WantedDrill {
  workFlowId: string;
  /** Id of the cluster that is to be made. */
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
