import { type BackupChain, baseName, whyNotLinked, whyNotRestorable } from '../../domain/backup/backup-chain.ts';
import type { FinishedBackup } from '../../domain/backup/backup-record.ts';
import type { BackupStore } from '../../domain/backup/backup-store.ts';
import { NodeFailure } from '../../domain/workflow/node-failure.ts';
import type { OperationInput } from '../../domain/workflow/workflow.ts';

export type HeldChainDeps = Pick<BackupStore, 'get' | 'holdForRestore'>;

/**
 * Holds the backup and its bases, and returns the chain, full backup first. Nobody can delete any of them until the
 * workflow's last node releases them.
 * @throws NodeFailure BackupNotRestorable, which names the link
 */
export async function heldChain(
  { backupId, workFlowId }: Pick<OperationInput, 'backupId' | 'workFlowId'>,
  backups: HeldChainDeps,
): Promise<BackupChain> {
  const chain = [await held(backupId, 'the backup', workFlowId, backups)];
  for (let [last] = chain; last?.base !== undefined; [last] = chain) {
    const base = await held(last.base.backupId, baseName(last.base), workFlowId, backups);
    const broken = whyNotLinked(last, base);
    if (broken !== undefined) throw new NodeFailure('BackupNotRestorable', broken);
    chain.unshift(base);
  }
  return chain;
}

async function held(
  backupId: string,
  name: string,
  workFlowId: string,
  backups: HeldChainDeps,
): Promise<FinishedBackup> {
  const record = await backups.holdForRestore(backupId, workFlowId);
  if (record !== undefined) return record;
  // A record that is not finished now will never be again.
  const why = whyNotRestorable(await backups.get(backupId), name) ?? `${name} cannot be held`;
  throw new NodeFailure('BackupNotRestorable', why);
}
