/** Prefix of databases that only BR uses (utils.TemporaryDBName). */
export const TEMPORARY_PREFIX = '__TiDB_BR_Temporary_';

/** System databases have temporary names in a backup, so that a restore creates them beside the target's (utils.IsSysDB). */
export const SYSTEM_DATABASES = ['mysql', 'sys'] as const;

export function isTemporaryName(database: string): boolean {
  return database.toLowerCase().startsWith(TEMPORARY_PREFIX.toLowerCase());
}

export function nameInBackup(database: string): string {
  const isSystem = SYSTEM_DATABASES.some((name) => name === database.toLowerCase());
  return isSystem ? `${TEMPORARY_PREFIX}${database}` : database;
}

export function nameInCluster(database: string): string {
  return SYSTEM_DATABASES.find((name) => nameInBackup(name) === database) ?? database;
}
