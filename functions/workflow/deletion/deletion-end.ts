import * as z from 'zod/mini';
import type { BackupStore } from '../../domain/backup/backup-store.ts';
import type { DeletionStore } from '../../domain/backup/deletion-store.ts';
import { type EndOperationDeps, endDeletion, endOperation } from '../../domain/workflow/end-operation.ts';
import { operationInput } from '../../domain/workflow/workflow.ts';

/** The workflow's input, and its first node's result. */
export const deletionEndInput = z.object({ ...operationInput.shape, files: z.object({ areGone: z.boolean() }) });
type DeletionEndInput = z.infer<typeof deletionEndInput>;

export interface DeletionEndDeps extends EndOperationDeps {
  backups: Pick<BackupStore, 'get' | 'releaseBase'>;
  deletions: Pick<DeletionStore, 'finish'>;
}

/**
 * Node `end` of a deletion. If files are locked for longer than an execution can last, the record is left to the next
 * one.
 */
export async function deletionEnd(input: DeletionEndInput, deps: DeletionEndDeps): Promise<void> {
  if (input.files.areGone) await endDeletion(input, deps);
  else await endOperation(input, 'DeleteBackup', 'Finished', deps);
}
