import type { BackupStore } from '../../domain/backup/backup-store.ts';
import type { ClusterStore } from '../../domain/cluster/cluster-store.ts';
import { type Clock, timestamp } from '../../domain/shared/clock.ts';
import type { Attempt } from '../../domain/shared/request-attempt.ts';
import type { RestoreSource } from '../../domain/storage/second-copy.ts';
import {
  refuseSystemTablesOfPart,
  refuseUnconfirmedAccounts,
  type SystemTablesWanted,
} from '../../domain/tidb/system-tables.ts';
import type { Executor } from '../../domain/workflow/executor.ts';
import type { WorkflowStore } from '../../domain/workflow/workflow-store.ts';
import { lockCluster } from '../shared/lock-cluster.ts';
import { refuseExecutorWithoutWorker } from '../shared/refuse-executor.ts';
import { restorableBackup } from '../shared/restorable-backup.ts';
import { type StartWorkflowDeps, startWorkflow, wasStarted, withRollback } from '../shared/start-workflow.ts';

export interface RestoreExistClusterDeps extends StartWorkflowDeps {
  clusters: Pick<ClusterStore, 'lock' | 'unlock'>;
  backups: Pick<BackupStore, 'get'>;
  workflows: StartWorkflowDeps['workflows'] & Pick<WorkflowStore, 'get'>;
  hasWorker: boolean;
  attempt: Attempt;
  clock: Pick<Clock, 'now'>;
}

export interface WantedRestore extends SystemTablesWanted {
  clusterId: string;
  backupId: string;
  executor?: Executor | undefined;
  source?: RestoreSource | undefined;
}

/**
 * RestoreExistCluster of the design document: restores a finished backup, of this cluster or another, into a registered
 * cluster; an incremental one with its whole chain.
 * @throws ServiceError 10001, 10003, 20114, 20604, 20610, 20612, 40100, 40103
 */
export async function restoreExistCluster(
  { clusterId, backupId, executor, ...wanted }: WantedRestore,
  deps: RestoreExistClusterDeps,
): Promise<{ workFlowId: string }> {
  const { attempt, workflows, executions } = deps;
  const { scope, withSystemTables, source } = wanted;
  refuseExecutorWithoutWorker(executor, deps.hasWorker);
  refuseSystemTablesOfPart(wanted);
  refuseUnconfirmedAccounts(wanted);
  const workFlowId = attempt.newId();
  if (attempt.isRepeated) {
    const executionArn = executions.arnOf('RestoreExistCluster', workFlowId);
    if (await wasStarted(await workflows.get(workFlowId), executionArn, executions)) return { workFlowId };
  }
  await restorableBackup({ backupId, scope, withSystemTables, source }, deps.backups);
  const since = timestamp(deps.clock);
  await lockCluster(clusterId, { status: 'Restore', operationId: workFlowId, since }, deps.clusters);

  const input = {
    ...{ workFlowId, clusterId, backupId, maintenanceStatusChange: true },
    ...{ scope, withSystemTables, source, wantedExecutor: executor },
  };
  await withRollback(
    () => startWorkflow({ flowName: 'RestoreExistCluster', input, at: attempt.createTime() }, deps),
    async () => {
      // As for a backup: an execution that begins too late finds neither its workflow nor its lock.
      if (!(await workflows.removeUnstarted(workFlowId))) return false;
      await deps.clusters.unlock(clusterId, workFlowId);
      return true;
    },
  );
  return { workFlowId };
}
