/** Privileges on tables, databases or everything. */
const objectPrivileges = [
  'SELECT',
  'INSERT',
  'UPDATE',
  'DELETE',
  'CREATE',
  'DROP',
  'REFERENCES',
  'INDEX',
  'ALTER',
  'CREATE TEMPORARY TABLES',
  'LOCK TABLES',
  'CREATE VIEW',
  'SHOW VIEW',
  'CREATE ROUTINE',
  'ALTER ROUTINE',
  'EXECUTE',
  'EVENT',
  'TRIGGER',
] as const;

/** Static privileges that can only be granted ON *.*. */
const globalPrivileges = [
  'RELOAD',
  'SHUTDOWN',
  'PROCESS',
  'FILE',
  'CONFIG',
  'SHOW DATABASES',
  'SUPER',
  'REPLICATION SLAVE',
  'REPLICATION CLIENT',
  'CREATE USER',
  'CREATE ROLE',
  'DROP ROLE',
  'CREATE TABLESPACE',
] as const;

/** Dynamic privileges of TiDB (pkg/privilege/privileges), also only ON *.*. */
const dynamicPrivileges = [
  'BACKUP_ADMIN',
  'RESTORE_ADMIN',
  'CONNECTION_ADMIN',
  'SYSTEM_VARIABLES_ADMIN',
  'ROLE_ADMIN',
  'SYSTEM_USER',
  'RESTRICTED_TABLES_ADMIN',
  'RESTRICTED_STATUS_ADMIN',
  'RESTRICTED_VARIABLES_ADMIN',
  'RESTRICTED_USER_ADMIN',
  'RESTRICTED_CONNECTION_ADMIN',
  'RESTRICTED_REPLICA_WRITER_ADMIN',
  'PLACEMENT_ADMIN',
  'DASHBOARD_CLIENT',
  'RESOURCE_GROUP_ADMIN',
  'RESOURCE_GROUP_USER',
] as const;

export type Privilege =
  | (typeof objectPrivileges)[number]
  | (typeof globalPrivileges)[number]
  | (typeof dynamicPrivileges)[number]
  | 'GRANT OPTION';

const known: ReadonlySet<string> = new Set<Privilege>([
  ...objectPrivileges,
  ...globalPrivileges,
  ...dynamicPrivileges,
  'GRANT OPTION',
]);
const dynamic: ReadonlySet<string> = new Set(dynamicPrivileges);

export function isKnownPrivilege(name: string): name is Privilege {
  return known.has(name);
}

/** An account with one of these globally sees every database (globalDBVisible, pkg/privilege/privileges/cache.go). */
export const SHOWS_DATABASES: readonly Privilege[] = [
  'CREATE',
  'SELECT',
  'INSERT',
  'UPDATE',
  'DELETE',
  'SHOW DATABASES',
  'DROP',
  'ALTER',
  'INDEX',
  'CREATE VIEW',
  'SHOW VIEW',
  'GRANT OPTION',
  'TRIGGER',
  'REFERENCES',
  'EXECUTE',
];

/** `information_schema.columns` shows a table to accounts with one of these on it (AllColumnPrivs, pkg/parser/mysql/privs.go). */
export const SHOWS_COLUMNS: readonly Privilege[] = ['SELECT', 'INSERT', 'UPDATE', 'REFERENCES'];

export function isDynamic(privilege: Privilege): boolean {
  return dynamic.has(privilege);
}

export function isGlobalOnly(privilege: Privilege): boolean {
  return isDynamic(privilege) || globalPrivileges.some((name) => name === privilege);
}

/** What `GRANT ALL` grants, globally or on a database or table. It excludes dynamic privileges; SUPER stands in for them. */
export function privilegesOfAll(global: boolean): readonly Privilege[] {
  return global ? [...objectPrivileges, ...globalPrivileges] : objectPrivileges;
}
