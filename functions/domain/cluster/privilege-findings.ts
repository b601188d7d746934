import type { AccountPrivileges, PrivilegeName } from '../tidb/tidb.ts';
import type { Finding } from './check.ts';
import { scratchDatabase } from './scratch.ts';

interface Needed {
  name: PrivilegeName;
  /** What fails or is impossible without it. */
  without: string;
  /** The status if it is missing; `skipped` if no documented feature needs it. */
  status: 'failed' | 'warning' | 'skipped';
}

const NEEDED: readonly Needed[] = [
  { name: 'BACKUP_ADMIN', status: 'failed', without: 'every backup fails' },
  { name: 'RESTORE_ADMIN', status: 'warning', without: 'restores into this cluster fail' },
  {
    name: 'PROCESS',
    status: 'failed',
    without: 'running statements and some tables are invisible, so backups are not supervised and restores are refused',
  },
  {
    name: 'CONNECTION_ADMIN',
    status: 'warning',
    without: 'statements started by an earlier account of the cluster cannot be stopped',
  },
  {
    name: 'SELECT',
    status: 'warning',
    without: 'tables cannot be read, so there are no checksums for drills to compare',
  },
  { name: 'SUPER', status: 'skipped', without: 'checksums leave out the number of key-value pairs' },
];

/** What a scratch backup does in its own database. */
const FOR_SCRATCH = ['CREATE', 'INSERT', 'SELECT', 'DROP'] as const satisfies readonly PrivilegeName[];

/** The grant level that covers any scratch database. */
const ON_SCRATCH = `\`${scratchDatabase('%').replaceAll('_', '\\_')}\`.*`;

export function privilegeFindings(account: AccountPrivileges, scratch: boolean): Finding[] {
  const database = scratchDatabase('any');
  const needed = scratch ? 'failed' : 'skipped';
  return [
    ...NEEDED.map(({ name, status, without }) =>
      findingOf({ subject: name, on: '*.*', has: account.has(name), status, without }),
    ),
    ...FOR_SCRATCH.map((name) =>
      findingOf({
        subject: `${name} ON ${ON_SCRATCH}`,
        has: account.hasOn(name, database),
        status: needed,
        without: 'a check with scratch=true fails',
      }),
    ),
  ];
}

interface Looked extends Pick<Needed, 'status' | 'without'> {
  /** Includes the level of the grant, unless that is {@link on}. */
  subject: string;
  on?: string;
  has: boolean;
}

function findingOf({ subject, on, has, status, without }: Looked): Finding {
  const about = { check: 'privilege', subject } as const;
  if (has) return { ...about, status: 'passed', message: 'granted' };
  const missing = { ...about, status, message: `not granted: ${without}` };
  if (status === 'skipped') return missing;
  return { ...missing, remedy: `GRANT ${on === undefined ? subject : `${subject} ON ${on}`} TO the account.` };
}
