import type { AccountPrivileges } from '../../domain/tidb/tidb.ts';

/**
 * Parses the lines of `SHOW GRANTS`, which for the current account merge its own grants with those of its active roles
 * (`showGrants`, `pkg/privilege/privileges/cache.go`). `information_schema.user_privileges` ignores roles.
 */
export function privilegesOf(grants: readonly string[]): AccountPrivileges {
  const granted = grants.flatMap((grant) => parseGrant(grant) ?? []);
  const everywhere = namesOf(granted.filter(({ on }) => on === '*.*'));
  const has: AccountPrivileges['has'] = (privilege) =>
    includes(everywhere, privilege) || (isDynamic(privilege) && everywhere.has('SUPER'));
  return {
    has,
    hasOn: (privilege, database) =>
      has(privilege) || includes(namesOf(granted.filter(({ on }) => covers(on, database))), privilege),
  };
}

interface Grant {
  names: string[];
  /** `*.*`, `` `database`.* `` or a table. */
  on: string;
}

/** Database names are quoted, so nothing else looks like `ON *.*`. Roles and column grants have another form. */
function parseGrant(grant: string): Grant | undefined {
  const [, names = '', on] = /^GRANT ([A-Z_ ,]+) ON (\*\.\*|`(?:[^`]|``)+`\.\*) TO /i.exec(grant) ?? [];
  return on === undefined ? undefined : { names: names.split(',').map((name) => name.trim().toUpperCase()), on };
}

function namesOf(grants: readonly Grant[]): Set<string> {
  return new Set(grants.flatMap(({ names }) => names));
}

function includes(names: ReadonlySet<string>, privilege: string): boolean {
  return names.has('ALL PRIVILEGES') || names.has(privilege);
}

/** SUPER implies dynamic privileges (RequestDynamicVerification). */
function isDynamic(privilege: string): boolean {
  return privilege.endsWith('_ADMIN');
}

/** A grant on a database uses a LIKE pattern. */
function covers(on: string, database: string): boolean {
  const pattern = on.slice(1, on.lastIndexOf('`')).replaceAll('``', '`');
  const source = pattern.replace(/\\?./gs, (part) => {
    if (part === '%') return '.*';
    if (part === '_') return '.';
    return (part.length > 1 ? part.slice(1) : part).replace(/[\\^$.*+?()[\]{}|]/, '\\$&');
  });
  return on.startsWith('`') && new RegExp(`^${source}$`, 'is').test(database);
}
