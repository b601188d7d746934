import { hasEnded } from '../workflow/workflow.ts';
import type { WorkflowStore } from '../workflow/workflow-store.ts';

/** A backup, or as much of it as tells which restores read it. */
interface ReadBackup {
  backupId: string;
  /** Their workflows. */
  restoredBy?: Set<string> | undefined;
}

/**
 * The backup as if it were read by those restores alone that go on: a process that was frozen with its write on the way, and
 * thaws after its workflow has let go of everything, leaves a hold that nobody ends. A workflow that has ended needs no backup, and never will
 * again, so no race is to be lost here.
 * @param releaseCluster is called with each of the others
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
