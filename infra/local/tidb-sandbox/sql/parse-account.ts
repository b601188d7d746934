import type { AccountOptions, AccountSpec, AuthPlugin, GrantLevel, Statement, TlsRequirement } from './ast.ts';
import { notSupported } from './errors.ts';
import type { StatementCursor } from './statement-cursor.ts';

/** CREATE USER, ALTER USER; the keyword is next. */
export function parseCreateOrAlterUser(cursor: StatementCursor): Statement {
  const isCreate = cursor.acceptWords('CREATE');
  if (!isCreate) cursor.expectWords('ALTER');
  cursor.expectWords('USER');
  if (isCreate) {
    const ifNotExists = cursor.acceptWords('IF', 'NOT', 'EXISTS');
    return { kind: 'createUser', ifNotExists, accounts: parseAccounts(cursor), options: parseOptions(cursor) };
  }
  const ifExists = cursor.acceptWords('IF', 'EXISTS');
  return { kind: 'alterUser', ifExists, accounts: parseAccounts(cursor), options: parseOptions(cursor) };
}

function parseAccounts(cursor: StatementCursor): AccountSpec[] {
  return cursor.list(() => ({ account: cursor.account(), ...parsePassword(cursor) }));
}

function parseOptions(cursor: StatementCursor): AccountOptions {
  const options = { ...(cursor.acceptWords('REQUIRE') && { requires: parseRequirement(cursor) }) };
  while (cursor.peek().kind === 'word') Object.assign(options, parseOption(cursor));
  return options;
}

function parseRequirement(cursor: StatementCursor): TlsRequirement {
  const requirement = cursor.acceptOneOf('NONE', 'SSL', 'X509');
  if (requirement === undefined) throw notSupported('REQUIRE of a cipher, issuer or subject');
  return requirement;
}

/** The last of several contradicting options counts. */
function parseOption(cursor: StatementCursor): AccountOptions {
  if (cursor.acceptWords('ACCOUNT')) {
    if (cursor.acceptWords('LOCK')) return { locked: true };
    cursor.expectWords('UNLOCK');
    return { locked: false };
  }
  if (cursor.acceptWords('FAILED_LOGIN_ATTEMPTS')) return { failedLoginAttempts: Number(cursor.expectInteger()) };
  if (cursor.acceptWords('PASSWORD_LOCK_TIME')) {
    return { passwordLockDays: cursor.acceptWords('UNBOUNDED') ? -1 : Number(cursor.expectInteger()) };
  }
  if (cursor.acceptWords('PASSWORD', 'EXPIRE')) {
    if (cursor.atWords('INTERVAL')) throw notSupported('PASSWORD EXPIRE INTERVAL');
    return { passwordExpired: cursor.acceptOneOf('NEVER', 'DEFAULT') === undefined };
  }
  throw notSupported(`the account option ${cursor.word()}`);
}

function parsePassword(cursor: StatementCursor): { password?: string; plugin?: AuthPlugin } {
  if (!cursor.acceptWords('IDENTIFIED')) return {};
  if (cursor.acceptWords('WITH')) {
    const plugin = cursor.peek().kind === 'string' ? cursor.next().text : cursor.identifier();
    if (cursor.acceptWords('AS')) throw notSupported('IDENTIFIED WITH … AS a hash');
    // Without BY, the account has no password.
    return { plugin: authPlugin(plugin), password: cursor.acceptWords('BY') ? cursor.expectString() : '' };
  }
  cursor.expectWords('BY');
  return { password: cursor.expectString() };
}

function authPlugin(name: string): AuthPlugin {
  const plugin = name.toLowerCase();
  if (plugin === 'mysql_native_password' || plugin === 'caching_sha2_password') return plugin;
  throw notSupported(`authentication plugin ${name}`);
}

export function parseDropUser(cursor: StatementCursor): Statement {
  cursor.expectWords('DROP', 'USER');
  const ifExists = cursor.acceptWords('IF', 'EXISTS');
  return { kind: 'dropUser', ifExists, accounts: cursor.list(() => cursor.account()) };
}

/** GRANT … ON … TO …, REVOKE … ON … FROM …; the keyword is next. */
export function parseGrantOrRevoke(cursor: StatementCursor): Statement {
  const kind = cursor.acceptWords('GRANT') ? 'grant' : 'revoke';
  if (kind === 'revoke') cursor.expectWords('REVOKE');
  const privileges = cursor.list(() => parsePrivilege(cursor));
  // Without ON, the names are roles.
  if (!cursor.acceptWords('ON')) throw notSupported('roles');
  cursor.acceptWords('TABLE');
  const level = parseLevel(cursor);
  cursor.expectWords(kind === 'grant' ? 'TO' : 'FROM');
  const accounts = cursor.list(() => cursor.account());
  const grantOption = kind === 'grant' && cursor.acceptWords('WITH', 'GRANT', 'OPTION');
  return { kind, privileges, level, accounts, grantOption };
}

/** Words up to `,` or `ON`: `ALL PRIVILEGES`, `CREATE TEMPORARY TABLES`, `BACKUP_ADMIN`. */
function parsePrivilege(cursor: StatementCursor): string {
  const words = [cursor.word()];
  while (cursor.peek().kind === 'word' && !cursor.atWords('ON') && !cursor.atWords('TO')) words.push(cursor.word());
  if (cursor.atSymbol('(')) throw notSupported('column privileges');
  return words.join(' ').replace(/^ALL PRIVILEGES$/, 'ALL');
}

function parseLevel(cursor: StatementCursor): GrantLevel {
  if (cursor.acceptSymbol('*')) {
    if (!cursor.acceptSymbol('.')) return { global: false };
    cursor.expectSymbol('*');
    return { global: true };
  }
  const name = cursor.identifier();
  if (!cursor.acceptSymbol('.')) return { global: false, table: name };
  if (cursor.acceptSymbol('*')) return { global: false, database: name };
  return { global: false, database: name, table: cursor.expectName() };
}
