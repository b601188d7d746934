import type { Finding } from './check.ts';

interface Privilege {
  name: string;
  /** What fails, or cannot be done, without it. */
  without: string;
  /** Its absence; `skipped`: nothing that is documented needs it. */
  status: 'failed' | 'warning' | 'skipped';
}

const NEEDED: readonly Privilege[] = [
  { name: 'BACKUP_ADMIN', status: 'failed', without: 'every backup fails' },
  { name: 'RESTORE_ADMIN', status: 'warning', without: 'restores into this cluster fail' },
  {
    name: 'PROCESS',
    status: 'failed',
    without:
      'running statements and the tables of the cluster cannot be seen, so backups and restores cannot be supervised',
  },
  {
    name: 'CONNECTION_ADMIN',
    status: 'warning',
    without: 'a statement that another account started, this one before it was changed, cannot be stopped',
  },
  { name: 'SELECT', status: 'warning', without: 'tables cannot be read for checksums, which drills compare' },
  { name: 'SUPER', status: 'skipped', without: 'checksums leave out the counts of key-value pairs' },
];

/** What a scratch backup does in a database of its own. */
const FOR_SCRATCH = ['CREATE', 'INSERT', 'DROP'] as const;

/** Any database that a scratch backup makes. */
const SCRATCH_DATABASE = 'tidb_backup_check_0';

/** @param grants as `SHOW GRANTS` says them */
export function missingPrivileges(grants: readonly string[], scratch: boolean): Finding[] {
  const granted = grants.flatMap(parseGrant);
  const global = new Set(granted.filter(({ on }) => on === '*.*').flatMap(({ privileges }) => privileges));
  // In TiDB SUPER stands for every dynamic privilege.
  const has = (name: string) =>
    global.has(name) || global.has('ALL PRIVILEGES') || (name.endsWith('_ADMIN') && global.has('SUPER'));
  const onScratch = (name: string) =>
    has(name) ||
    granted.some(
      ({ on, privileges }) =>
        coversDatabase(on, SCRATCH_DATABASE) && (privileges.includes(name) || privileges.includes('ALL PRIVILEGES')),
    );
  return [
    ...NEEDED.map(({ name, status, without }) => findingOf(name, has(name), status, without)),
    ...FOR_SCRATCH.map((name) =>
      findingOf(name, onScratch(name), scratch ? 'failed' : 'skipped', 'a check with scratch=true fails'),
    ),
  ];
}

function findingOf(name: string, has: boolean, status: Finding['status'], without: string): Finding {
  const about = { check: 'privilege', subject: name } as const;
  if (has) return { ...about, status: 'passed', message: 'granted' };
  const message = `not granted: ${without}`;
  if (status === 'skipped') return { ...about, status, message };
  const on = FOR_SCRATCH.some((each) => each === name) ? '`tidb\\_backup\\_check\\_%`.*' : '*.*';
  return { ...about, status, message, remedy: `GRANT ${name} ON ${on} TO the account.` };
}

interface Grant {
  privileges: string[];
  /** `*.*`, `` `db`.* `` or a table. */
  on: string;
}

/** Roles, and privileges on single columns, are no grants of this form. */
function parseGrant(text: string): Grant[] {
  const [, names = '', on] = /^GRANT ([A-Z_, ]+?) ON (.+) TO '/.exec(text) ?? [];
  return on === undefined ? [] : [{ privileges: names.split(',').map((name) => name.trim()), on }];
}

/** The name of a database in a grant is a pattern, in which `\_` is an underscore. */
function coversDatabase(on: string, database: string): boolean {
  const [, pattern] = /^`?(.+?)`?\.\*$/.exec(on) ?? [];
  if (pattern === undefined || pattern === '*') return false;
  const source = pattern
    .split(/(\\.|[%_])/)
    .map((part) => {
      if (part === '%') return '.*';
      if (part === '_') return '.';
      return part.replace(/^\\/, '').replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
    })
    .join('');
  return new RegExp(`^${source}$`, 'i').test(database);
}
