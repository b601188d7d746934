import { hasEnded } from '../workflow/workflow.ts';
import type { WorkflowStore } from '../workflow/workflow-store.ts';

/** The part of a backup that says which restores read it. */
interface ReadBackup {
  backupId: string;
  /** Workflow ids. */
  restoredBy?: Set<string> | undefined;
}

/**
 * The backup without the holds of restores that have ended. Such a hold remains if a process was frozen with its write
 * in flight and thawed after its workflow had released everything. A workflow that has ended never needs a backup
 * again, so this cannot race.
 * @param releaseCluster is called with each ended restore
 */
export async function withLivingRestores<Backup extends ReadBackup>(
  backup: Backup,
  workflows: Pick<WorkflowStore, 'get'>,
  releaseCluster: (workFlowId: string) => Promise<unknown> = async () => {},
): Promise<Backup> {
  if (backup.restoredBy === undefined) return backup;
  const living = new Set<string>();
  for (const workFlowId of backup.restoredBy) {
    const workflow = await workflows.get(workFlowId);
    if (workflow !== undefined && hasEnded(workflow)) await releaseCluster(workFlowId);
    else living.add(workFlowId);
  }
  return { ...backup, restoredBy: living.size > 0 ? living : undefined };
}
