import type { BackupRecord } from '../backup/backup-record.ts';

/** The temporary database of a check's scratch backup. Its name contains the check's id. */
export function scratchDatabase(workFlowId: string): string {
  return `tidb_backup_check_${workFlowId.replaceAll('-', '_')}`;
}

/** Whether a check took the backup: no other backup can know the database's name before it exists. */
export function isScratch({ scope, workFlowId }: Pick<BackupRecord, 'scope' | 'workFlowId'>): boolean {
  return scope?.databases?.includes(scratchDatabase(workFlowId)) ?? false;
}
