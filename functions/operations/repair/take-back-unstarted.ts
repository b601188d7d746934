import type { Cluster } from '../../domain/cluster/cluster.ts';
import type { ClusterStore } from '../../domain/cluster/cluster-store.ts';
import { assertNever } from '../../domain/shared/assert-never.ts';
import { type Clock, timestamp } from '../../domain/shared/clock.ts';
import type { SecretVault } from '../../domain/shared/secret-vault.ts';
import type { ClaimedWindow } from '../../domain/strategy/strategy.ts';
import type { StrategyStore } from '../../domain/strategy/strategy-store.ts';
import type { FailNodes } from '../../domain/workflow/fail-nodes.ts';
import type { FlowName, Workflow } from '../../domain/workflow/workflow.ts';
import type { WorkflowStore } from '../../domain/workflow/workflow-store.ts';
import { type TakeBackDeps, takeBackBackup } from '../backup/start-backup.ts';
import { dropSecrets } from '../cluster/keep-secrets.ts';

export interface TakeBackUnstartedDeps extends TakeBackDeps {
  clusters: Pick<ClusterStore, 'get' | 'unlock' | 'remove'>;
  strategies: Pick<StrategyStore, 'unclaim'>;
  workflows: Pick<WorkflowStore, 'removeUnstarted' | 'setStatus' | 'recordNewCluster'>;
  failNodes: FailNodes;
  secrets: Pick<SecretVault, 'remove'>;
  clock: Pick<Clock, 'now'>;
}

/** An operation whose execution does not exist. */
export interface UnstartedOperation {
  operationId: string;
  flowName: FlowName;
  clusterId: string;
  /** When it was begun. */
  since: string;
  /** Set for an automatic backup that holds its cluster. */
  claim: ClaimedWindow | undefined;
  workflow: Workflow | undefined;
}

const NEVER_STARTED = {
  Error: 'WorkflowNotStarted',
  Cause: 'the workflow was never started: the service crashed or could not reach Step Functions',
};

/**
 * Ends an operation whose execution was never started, and never will be, because whoever was to start it has crashed.
 * A manual operation ends as failed. The window of an automatic backup becomes due again, and the next sweep serves it
 * or records it as missed. The next sweep also starts a drill again, under the same id.
 */
export async function takeBackUnstarted(operation: UnstartedOperation, deps: TakeBackUnstartedDeps): Promise<void> {
  const { operationId, clusterId, flowName, claim } = operation;
  switch (flowName) {
    case 'BackupCluster': {
      const rearm = claim && (() => deps.strategies.unclaim(clusterId, claim, 'the service crashed while starting it'));
      if (rearm !== undefined) {
        const base = (await deps.backups.get(operationId))?.base;
        if (await takeBackBackup({ backupId: operationId, base }, rearm, deps)) return;
      }
      const input = { workFlowId: operationId, backupId: operationId, clusterId, maintenanceStatusChange: true };
      return await deps.failNodes.run(flowName, input, NEVER_STARTED);
    }
    case 'RestoreDrill':
      // It holds nothing but its id, which an ended workflow would use up. If it has begun after all, it stays.
      await deps.workflows.removeUnstarted(operationId);
      return;
    case 'RestoreExistCluster':
    case 'RestoreNewCluster':
    case 'DeleteBackup':
    case 'UndeleteBackup':
    case 'CheckCluster':
    case 'CheckConfig':
    case 'ImportBackups':
      return await releaseCluster(operation, deps);
    default:
      return assertNever(flowName);
  }
}

/**
 * No node has run, so there is only the cluster and the workflow; the workflow comes last, because it records the
 * outcome of both.
 */
async function releaseCluster(
  { operationId, clusterId, workflow }: UnstartedOperation,
  { clusters, workflows, secrets, clock }: TakeBackUnstartedDeps,
): Promise<void> {
  const cluster = await clusters.get(clusterId);
  if (cluster !== undefined && isRegisteredFor(cluster, operationId)) {
    await dropSecrets(cluster, secrets);
    await clusters.remove(clusterId, operationId);
  } else {
    await clusters.unlock(clusterId, operationId);
  }
  if (workflow === undefined) return;
  const { newCluster } = workflow;
  if (newCluster !== undefined) {
    const fate = newCluster.provisioner === 'adopt' ? 'released' : 'destroyed';
    await workflows.recordNewCluster(operationId, { ...newCluster, fate });
  }
  await workflows.setStatus(workflow, 'Error', timestamp(clock));
}

/** A cluster that a restore adopts is held from its creation, so nobody else could hold it before. */
function isRegisteredFor({ createTime, maintenance }: Cluster, operationId: string): boolean {
  return maintenance?.operationId === operationId && maintenance.since === createTime;
}
