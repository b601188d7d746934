import { createClusterStore } from '../../functions/adapters/dynamodb/clusters-store.ts';
import { createDeletionStore } from '../../functions/adapters/dynamodb/deletions-store.ts';
import { createWorkflowStore } from '../../functions/adapters/dynamodb/workflows-store.ts';
import { REMOVAL } from '../../functions/operations/cluster/remove-cluster.ts';
import { giveBackup } from './props.ts';
import type { Scenario } from './scenario.ts';
import type { Stage } from './stage.ts';

/** Older than what reconcile takes for about to be started. */
function longAgo(): string {
  return new Date(Date.now() - 10 * 60_000).toISOString();
}

/** As the API leaves a backup if it dies just before it starts the workflow. */
export async function leaveBackupUnstarted(stage: Stage, scenario: Scenario): Promise<void> {
  const { clusterId } = scenario;
  const at = longAgo();
  const backupId = `${scenario.id}-backup`;
  const { record, location } = stage.reference();
  const prefix = location.prefix.replace(`${record.clusterId}/${record.backupId}`, `${clusterId}/${backupId}`);
  const { backupType, backupMethod, backupMode, executor } = record;
  const times = { createTime: at, updateTime: at };
  const maintenance = { status: 'BackUp', operationId: backupId, since: at, backupMode } as const;
  await createClusterStore(stage.tableOf('clusters')).lock(clusterId, maintenance);
  await stage.backups.create({
    ...{ backupType, backupMethod, backupMode, executor, clusterId, backupId, ...times },
    ...{ status: 'Initializing', attempts: 0, workFlowId: backupId, location: { ...location, prefix } },
  });
  const executionArn = stage.backupExecutionArn(backupId);
  await createWorkflowStore(stage.tableOf('workflows')).create({
    ...{ workFlowId: backupId, flowName: 'BackupCluster', bizId: clusterId, executionArn, status: 'Initializing' },
    ...times,
  });
}

/** As the API leaves a deletion if it dies just before it starts the workflow. */
export async function leaveDeletionUnstarted(stage: Stage, scenario: Scenario): Promise<void> {
  const backupId = await giveBackup(stage, scenario);
  await createDeletionStore(stage.tableOf('backups')).begin(backupId, longAgo());
}

/** As the API leaves the removal of a cluster with its backups if it dies just after locking the cluster. */
export async function leaveRemovalStarted(stage: Stage, scenario: Scenario): Promise<void> {
  await giveBackup(stage, scenario);
  const maintenance = { status: 'Deleting', operationId: REMOVAL, since: longAgo(), deleteBackups: 'all' } as const;
  await createClusterStore(stage.tableOf('clusters')).lock(scenario.clusterId, maintenance);
}
