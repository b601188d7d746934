import * as z from 'zod/mini';
import { letGoOfBase } from '../../domain/backup-chain.ts';
import type { BackupStore, DeletionStore } from '../../domain/stores.ts';
import { operationInput } from '../../domain/workflow.ts';
import { type EndOperationDeps, endWorkflow, freeCluster } from './end-operation.ts';

/** The workflow's input, and what its first node answered. */
export const deletionEndInput = z.object({ ...operationInput.shape, files: z.object({ areGone: z.boolean() }) });
type DeletionEndInput = z.infer<typeof deletionEndInput>;

export interface DeletionEndDeps extends EndOperationDeps {
  backups: Pick<BackupStore, 'get' | 'releaseBase'>;
  deletions: Pick<DeletionStore, 'finish'>;
}

/**
 * Node `end` of a deletion: the files are proven gone, so the cluster is free and the record goes. In this order: deleting a
 * record again is how a dead deletion is taken up, so nothing may be held that no record tells of. Files that are locked for longer
 * than an execution lasts leave the record to the next one.
 */
export async function deletionEnd(input: DeletionEndInput, deps: DeletionEndDeps): Promise<void> {
  await freeCluster(input, deps);
  if (input.files.areGone) {
    // While the record is there, it says whose base it is to let go of.
    const record = await deps.backups.get(input.backupId);
    if (record !== undefined) await letGoOfBase(record, deps.backups);
    await deps.deletions.finish(input.backupId);
  }
  await endWorkflow(input, 'DeleteBackup', 'Finished', deps);
}
