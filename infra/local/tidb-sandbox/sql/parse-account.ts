import type { AccountSpec, GrantLevel, Statement } from './ast.ts';
import { notSupported } from './errors.ts';
import type { StatementCursor } from './statement-cursor.ts';

/** CREATE USER, ALTER USER; the keyword is next. */
export function parseCreateOrAlterUser(cursor: StatementCursor): Statement {
  const isCreate = cursor.acceptWords('CREATE');
  if (!isCreate) cursor.expectWords('ALTER');
  cursor.expectWords('USER');
  if (isCreate) {
    const ifNotExists = cursor.acceptWords('IF', 'NOT', 'EXISTS');
    return { kind: 'createUser', ifNotExists, accounts: parseAccounts(cursor) };
  }
  const ifExists = cursor.acceptWords('IF', 'EXISTS');
  return { kind: 'alterUser', ifExists, accounts: parseAccounts(cursor) };
}

function parseAccounts(cursor: StatementCursor): AccountSpec[] {
  const accounts = cursor.list(() => ({ account: cursor.account(), ...parsePassword(cursor) }));
  if (cursor.peek().kind === 'word') throw notSupported(`the account option ${cursor.word()}`);
  return accounts;
}

function parsePassword(cursor: StatementCursor): { password?: string } {
  if (!cursor.acceptWords('IDENTIFIED')) return {};
  if (cursor.acceptWords('WITH')) {
    const plugin = cursor.peek().kind === 'string' ? cursor.next().text : cursor.identifier();
    if (plugin.toLowerCase() !== 'mysql_native_password') throw notSupported(`authentication plugin ${plugin}`);
    if (!cursor.acceptWords('BY')) throw notSupported('IDENTIFIED WITH … AS a hash');
    return { password: cursor.expectString() };
  }
  cursor.expectWords('BY');
  return { password: cursor.expectString() };
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
