import type { AccountPrivileges } from '../../domain/tidb.ts';

/**
 * Reads the lines of `SHOW GRANTS`, which for the current account merge its own grants with those of its active roles (`showGrants`,
 * `pkg/privilege/privileges/cache.go`). `information_schema.user_privileges` knows no roles.
 */
export function privilegesOf(grants: readonly string[]): AccountPrivileges {
  const everywhere = new Set(grants.flatMap(grantedEverywhere));
  const hasAll = everywhere.has('ALL PRIVILEGES');
  return {
    has: (privilege) => hasAll || everywhere.has(privilege) || (isDynamic(privilege) && everywhere.has('SUPER')),
  };
}

/** Names of databases are quoted, so nothing else reads like `ON *.*`. */
function grantedEverywhere(grant: string): string[] {
  const [, names = ''] = /^GRANT ([A-Z_ ,]+) ON \*\.\* TO /i.exec(grant) ?? [];
  return names.split(',').map((name) => name.trim().toUpperCase());
}

/** SUPER stands in for dynamic privileges (RequestDynamicVerification). */
function isDynamic(privilege: string): boolean {
  return privilege.endsWith('_ADMIN');
}
