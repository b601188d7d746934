import { releaseChain } from '../../domain/backup/backup-chain.ts';
import type { BackupStore } from '../../domain/backup/backup-store.ts';
import { type Clock, timestamp } from '../../domain/shared/clock.ts';
import { CleanupFailed } from '../../domain/workflow/node-failure.ts';
import { type NewClusterInput, workflowOf } from '../../domain/workflow/workflow.ts';
import type { WorkflowStore } from '../../domain/workflow/workflow-store.ts';
import { type GiveUpClusterDeps, giveUpCluster, ownCluster } from '../shared/give-up-cluster.ts';

export interface DrillEndDeps extends GiveUpClusterDeps {
  backups: Pick<BackupStore, 'get' | 'releaseFromRestore'>;
  workflows: Pick<WorkflowStore, 'setStatus' | 'recordNewCluster'>;
  clock: Pick<Clock, 'now'>;
}

/**
 * Node `end` of a drill: its cluster is destroyed, and the backup may be deleted again. Idempotent.
 * @throws CleanupFailed, also while the cluster is still being destroyed
 */
export async function drillEnd(input: NewClusterInput, deps: DrillEndDeps): Promise<void> {
  const { workFlowId, provisioner, onFailure } = input;
  try {
    const fate = await giveUpCluster(input, await ownCluster(input, deps), deps);
    await releaseChain(input, deps.backups);
    await deps.workflows.recordNewCluster(workFlowId, { provisioner, onFailure, fate });
    await deps.workflows.setStatus(workflowOf(input), 'Finished', timestamp(deps.clock));
  } catch (cause) {
    throw new CleanupFailed(`the throwaway cluster still exists: ${cause instanceof Error ? cause.name : 'unknown'}`, {
      cause,
    });
  }
}
