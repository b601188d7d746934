import type { BackupRecord } from '../backup/backup-record.ts';

/** The database that a check makes for the time of its scratch backup. Its name leads back to the check. */
export function scratchDatabase(workFlowId: string): string {
  return `tidb_backup_check_${workFlowId.replaceAll('-', '_')}`;
}

/** Whether a check has taken it: no other backup knows the name before it is there. */
export function isScratch({ scope, workFlowId }: Pick<BackupRecord, 'scope' | 'workFlowId'>): boolean {
  return scope?.databases?.includes(scratchDatabase(workFlowId)) ?? false;
}
