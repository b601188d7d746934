import type { AccountName, GrantLevel, Statement } from '../sql/ast.ts';
import { accessDenied, SqlError } from '../sql/errors.ts';
import { type Account, toPrivilege } from './account-store.ts';
import { identifier } from './create-table-text.ts';
import { isDynamic, isGlobalOnly, type Privilege, privilegesOfAll } from './privileges.ts';
import type { Session } from './session.ts';

type GrantStatement = Extract<Statement, { kind: 'grant' | 'revoke' }>;

export function quotedName({ user, host }: AccountName): string {
  return `'${user.replaceAll("'", "''")}'@'${host.replaceAll("'", "''")}'`;
}

/** An account by name, or the session's own; throws 1141 for an unknown one. */
export function requireAccount(session: Session, name: AccountName | undefined): Account {
  const wanted = resolve(session, name);
  if (wanted === session.account) return session.account;
  const account = session.cluster.accounts.find(wanted);
  if (!account)
    throw new SqlError(1141, `There is no such grant defined for user '${wanted.user}' on host '${wanted.host}'`);
  return account;
}

/** CURRENT_USER is parsed as an account without a name. */
function resolve(session: Session, name: AccountName | undefined): AccountName {
  return !name || (name.user === '' && name.host === '') ? session.account : name;
}

type UserChange = Pick<Extract<Statement, { kind: 'createUser' }>, 'accounts' | 'options'>;

export function createUsers({ accounts, options }: UserChange, ifNotExists: boolean, session: Session): void {
  requireGlobal(session, 'CREATE USER');
  const { accounts: store } = session.cluster;
  const existing = accounts.filter(({ account }) => store.find(account));
  if (existing.length > 0 && !ifNotExists)
    throw operationFailed(
      'CREATE USER',
      existing.map(({ account }) => account),
    );
  for (const { account } of existing) session.addWarning(3163, `User ${quotedName(account)} already exists.`, 'Note');
  for (const spec of accounts) if (!existing.includes(spec)) store.create({ password: '', ...spec }, options);
}

export function alterUsers({ accounts, options }: UserChange, ifExists: boolean, session: Session): void {
  const { accounts: store } = session.cluster;
  for (const { account, ...login } of accounts) {
    const name = resolve(session, account);
    const isOwn = store.find(name) === session.account;
    if (!isOwn) requireGlobal(session, 'CREATE USER');
    if (!store.find(name)) {
      if (!ifExists) throw operationFailed('ALTER USER', [name]);
      session.addWarning(3162, `User ${quotedName(name)} does not exist.`, 'Note');
    } else store.alter({ account: name, ...login }, options);
  }
}

export function dropUsers(accounts: readonly AccountName[], ifExists: boolean, session: Session): void {
  requireGlobal(session, 'CREATE USER');
  const { accounts: store } = session.cluster;
  const missing = accounts.filter((account) => !store.find(account));
  if (missing.length > 0 && !ifExists) throw operationFailed('DROP USER', missing);
  for (const account of missing) session.addWarning(3162, `User ${quotedName(account)} does not exist.`, 'Note');
  for (const account of accounts) store.drop(account);
}

export function grantOrRevoke(statement: GrantStatement, session: Session): void {
  const level: GrantLevel = statement.level.global
    ? { global: true }
    : { ...statement.level, database: session.database(statement.level.database) };
  const privileges = statement.privileges.flatMap((name) => privilegesNamed(name, level));
  for (const privilege of privileges) checkMayGrant(session, privilege, level);
  const { accounts } = session.cluster;
  for (const name of statement.accounts) {
    const account = resolve(session, name);
    if (statement.kind === 'revoke' && !accounts.find(account)) {
      throw new SqlError(1105, `Unknown user: ${account.user}@${account.host}`);
    }
    for (const privilege of privileges) accounts[statement.kind](account, level, privilege);
    if (statement.grantOption) accounts.grant(account, level, 'GRANT OPTION');
  }
}

function privilegesNamed(name: string, level: GrantLevel): readonly Privilege[] {
  if (name === 'ALL') return privilegesOfAll(level.global);
  if (name === 'USAGE') return [];
  const privilege = toPrivilege(name);
  if (!level.global && isGlobalOnly(privilege)) {
    throw isDynamic(privilege)
      ? new SqlError(3619, `Illegal privilege level specified for ${privilege}`)
      : new SqlError(1221, 'Incorrect usage of DB GRANT and GLOBAL PRIVILEGES');
  }
  return [privilege];
}

/** An account may grant what it has with GRANT OPTION; SUPER stands in for dynamic privileges. */
function checkMayGrant({ account }: Session, privilege: Privilege, level: GrantLevel): void {
  const has = (wanted: Privilege) =>
    level.database === undefined ? account.hasGlobal(wanted) : account.has(wanted, level.database, level.table);
  if (isDynamic(privilege)) {
    if (!has('GRANT OPTION') || !(has(privilege) || has('SUPER'))) throw accessDenied('GRANT OPTION');
  } else if (!has('GRANT OPTION') || !has(privilege)) {
    if (level.database === undefined)
      throw new SqlError(1045, `Access denied for user ${account.quoted} (using password: YES)`);
    throw new SqlError(1044, `Access denied for user ${account.quoted} to database '${level.database}'`);
  }
}

function requireGlobal(session: Session, privilege: Privilege): void {
  if (!session.account.hasGlobal(privilege)) throw accessDenied(privilege);
}

/** 1396 */
function operationFailed(operation: string, names: readonly AccountName[]): SqlError {
  return new SqlError(1396, `Operation ${operation} failed for ${names.map(quotedName).join(',')}`);
}

/** What SHOW GRANTS prints: a line per level, and one for dynamic privileges. */
export function grantStatements(account: Account): string[] {
  const lines: string[] = [];
  const to = `TO ${quotedName(account)}`;
  const grants = [...account.grants].sort((a, b) => Number(b.level.global) - Number(a.level.global));
  if (!grants.some(({ level }) => level.global)) lines.push(`GRANT USAGE ON *.* ${to}`);
  for (const { level, privileges } of grants) {
    const plain = [...privileges].filter((privilege) => !isDynamic(privilege) && privilege !== 'GRANT OPTION');
    const own = [...privileges].filter(isDynamic).sort();
    const isAll = privilegesOfAll(level.global).every((privilege) => privileges.has(privilege));
    const option = privileges.has('GRANT OPTION') ? ' WITH GRANT OPTION' : '';
    const names = isAll ? 'ALL PRIVILEGES' : plain.length > 0 ? plain.join(',') : 'USAGE';
    if (level.global || plain.length > 0 || option) lines.push(`GRANT ${names} ON ${levelText(level)} ${to}${option}`);
    if (own.length > 0) lines.push(`GRANT ${own.join(',')} ON *.* ${to}${option}`);
  }
  return lines;
}

function levelText({ global, database = '', table }: GrantLevel): string {
  if (global) return '*.*';
  return `${identifier(database)}.${table === undefined ? '*' : identifier(table)}`;
}
