/** The database that a check makes for the time of its scratch backup. Its name leads back to the check. */
export function scratchDatabase(workFlowId: string): string {
  return `tidb_backup_check_${workFlowId.replaceAll('-', '_')}`;
}
