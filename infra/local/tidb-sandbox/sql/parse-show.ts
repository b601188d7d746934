import type { Filter, Show } from './ast.ts';
import { notSupported } from './errors.ts';
import { parseExpression } from './parse-expression.ts';
import type { StatementCursor } from './statement-cursor.ts';

/** SHOW …; the keyword is next. SHOW BACKUP METADATA and similar statements are parsed elsewhere. */
export function parseShow(cursor: StatementCursor): Show {
  cursor.expectWords('SHOW');
  const global = cursor.acceptOneOf('GLOBAL', 'SESSION', 'LOCAL') === 'GLOBAL';
  const full = cursor.acceptWords('FULL');
  const what = parseSubject(cursor, global, full);
  return { ...what, filter: parseFilter(cursor) };
}

type Subject = Show extends infer Each ? (Each extends Show ? Omit<Each, 'filter'> : never) : never;

function parseSubject(cursor: StatementCursor, global: boolean, full: boolean): Subject {
  const first = cursor.peek();
  const word = cursor.word();
  switch (word) {
    case 'DATABASES':
    case 'SCHEMAS':
      return { of: 'databases' };
    case 'WARNINGS':
      return { of: 'warnings' };
    case 'ERRORS':
      return { of: 'errors' };
    case 'ENGINES':
      return { of: 'engines' };
    case 'BACKUPS':
      return { of: 'backups' };
    case 'RESTORES':
      return { of: 'restores' };
    // The singular only begins SHOW BACKUP METADATA and SHOW BACKUP LOGS.
    case 'BACKUP':
      throw cursor.unexpected();
    case 'RESTORE':
      throw cursor.unexpected(first);
    case 'CHARSET':
      return { of: 'charset' };
    case 'CHARACTER':
      cursor.expectWords('SET');
      return { of: 'charset' };
    case 'COLLATION':
      return { of: 'collation' };
    case 'TABLES':
      return { of: 'tables', full, ...parseDatabase(cursor) };
    case 'TABLE':
      cursor.expectWords('STATUS');
      return { of: 'tableStatus', full, ...parseDatabase(cursor) };
    case 'COLUMNS':
    case 'FIELDS':
      return { of: 'columns', full, table: parseTable(cursor) };
    case 'INDEX':
    case 'INDEXES':
    case 'KEYS':
      return { of: 'indexes', table: parseTable(cursor) };
    case 'VARIABLES':
      return { of: 'variables', global };
    case 'STATUS':
      return { of: 'status', global };
    case 'PROCESSLIST':
      return { of: 'processlist', full };
    case 'GRANTS':
      return { of: 'grants', ...(cursor.acceptWords('FOR') && { account: cursor.account() }) };
    case 'CREATE':
      return parseShowCreate(cursor);
    default:
      throw notSupported(`SHOW ${word}`);
  }
}

function parseShowCreate(cursor: StatementCursor): Subject {
  if (cursor.acceptWords('TABLE')) return { of: 'createTable', table: cursor.tableName() };
  if (cursor.acceptWords('VIEW')) return { of: 'createView', table: cursor.tableName() };
  if (cursor.acceptWords('SEQUENCE')) return { of: 'createSequence', table: cursor.tableName() };
  if (cursor.acceptWords('USER')) return { of: 'createUser', account: cursor.account() };
  if (cursor.acceptOneOf('DATABASE', 'SCHEMA')) {
    const ifNotExists = cursor.acceptWords('IF', 'NOT', 'EXISTS');
    return { of: 'createDatabase', database: cursor.identifier(), ifNotExists };
  }
  throw notSupported(`SHOW CREATE ${cursor.word()}`);
}

function parseDatabase(cursor: StatementCursor): { database?: string } {
  return cursor.acceptOneOf('FROM', 'IN') ? { database: cursor.identifier() } : {};
}

/** `FROM t [FROM db]`, `FROM db.t`. */
function parseTable(cursor: StatementCursor) {
  if (!cursor.acceptOneOf('FROM', 'IN')) throw cursor.unexpected();
  const table = cursor.tableName();
  return { ...table, ...parseDatabase(cursor) };
}

function parseFilter(cursor: StatementCursor): Filter {
  if (cursor.acceptWords('LIKE')) return { like: cursor.expectString() };
  return cursor.acceptWords('WHERE') ? { where: parseExpression(cursor) } : {};
}
