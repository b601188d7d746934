import type { Statement } from './ast.ts';
import { notSupported } from './errors.ts';
import { parseCreateOrAlterUser, parseDropUser, parseGrantOrRevoke } from './parse-account.ts';
import { parseAlter, parseCreate, parseDrop, parseRename, parseTruncate } from './parse-ddl.ts';
import { parseExpression } from './parse-expression.ts';
import { parseDelete, parseInsert, parseSelect, parseUpdate } from './parse-query.ts';
import { parseSet } from './parse-set.ts';
import { parseShow } from './parse-show.ts';
import type { StatementCursor } from './statement-cursor.ts';

interface ParsedStatement {
  readonly statement: Statement;
  /** Number of `?`. */
  readonly parameters: number;
}

/** TiDB's statements that the sandbox knows but does not support; any other first word is a syntax error. */
const knownElsewhere = new Set([
  'ANALYZE',
  'BATCH',
  'BINLOG',
  'CALL',
  'CHECKSUM',
  'DEALLOCATE',
  'DO',
  'EXECUTE',
  'EXPLAIN',
  'FLASHBACK',
  'HANDLER',
  'IMPORT',
  'LOAD',
  'LOCK',
  'OPTIMIZE',
  'PLAN',
  'PREPARE',
  'QUERY',
  'RECOVER',
  'RELEASE',
  'SAVEPOINT',
  'SHUTDOWN',
  'SPLIT',
  'TABLE',
  'TRACE',
  'UNLOCK',
  'VALUES',
  'WITH',
]);

/** Parses one statement other than the BRIE statements. Throws 1064, or 1105 for an unsupported one. */
export function parseStatement(cursor: StatementCursor): ParsedStatement {
  const statement = parseByKeyword(cursor);
  cursor.expectEnd();
  return { statement, parameters: cursor.parameters };
}

function parseByKeyword(cursor: StatementCursor): Statement {
  const first = cursor.peek();
  if (first.kind === 'symbol' && first.text === '(') throw notSupported('parenthesized queries');
  switch (first.kind === 'word' ? first.text.toUpperCase() : '') {
    case 'SELECT':
      return parseSelect(cursor);
    case 'INSERT':
    case 'REPLACE':
      return parseInsert(cursor);
    case 'UPDATE':
      return parseUpdate(cursor);
    case 'DELETE':
      return parseDelete(cursor);
    case 'CREATE':
      return cursor.atWords('CREATE', 'USER') ? parseCreateOrAlterUser(cursor) : parseCreate(cursor);
    case 'ALTER':
      return cursor.atWords('ALTER', 'USER') ? parseCreateOrAlterUser(cursor) : parseAlter(cursor);
    case 'DROP':
      return cursor.atWords('DROP', 'USER') ? parseDropUser(cursor) : parseDrop(cursor);
    case 'TRUNCATE':
      return parseTruncate(cursor);
    case 'RENAME':
      return parseRename(cursor);
    case 'GRANT':
    case 'REVOKE':
      return parseGrantOrRevoke(cursor);
    case 'SHOW':
      return { kind: 'show', show: parseShow(cursor) };
    case 'DESC':
    case 'DESCRIBE':
    case 'EXPLAIN':
      return parseDescribe(cursor);
    case 'SET':
      return parseSet(cursor);
    case 'USE':
      cursor.next();
      return { kind: 'use', database: cursor.identifier() };
    case 'KILL':
      return parseKill(cursor);
    case 'ADMIN':
      return parseAdmin(cursor);
    default:
      return parseTransaction(cursor);
  }
}

function parseTransaction(cursor: StatementCursor): Statement {
  if (cursor.acceptWords('BEGIN')) {
    if (cursor.acceptWords('PESSIMISTIC')) throw notSupported('pessimistic transactions');
    cursor.acceptWords('OPTIMISTIC');
    return { kind: 'begin' };
  }
  if (cursor.acceptWords('START', 'TRANSACTION')) {
    cursor.acceptWords('WITH', 'CONSISTENT', 'SNAPSHOT');
    if (cursor.atWords('READ') || cursor.atWords('WITH')) throw notSupported('START TRANSACTION with options');
    return { kind: 'begin' };
  }
  if (cursor.acceptWords('COMMIT')) return { kind: 'commit' };
  if (cursor.acceptWords('ROLLBACK')) {
    if (cursor.atWords('TO')) throw notSupported('savepoints');
    return { kind: 'rollback' };
  }
  if (cursor.acceptWords('FLUSH')) {
    if (!cursor.acceptOneOf('PRIVILEGES', 'STATUS')) throw notSupported(`FLUSH ${cursor.word()}`);
    return { kind: 'flush' };
  }
  const first = cursor.peek();
  if (first.kind === 'end' || cursor.atSymbol(';')) return { kind: 'nothing' };
  if (first.kind === 'word' && knownElsewhere.has(first.text.toUpperCase())) throw notSupported(cursor.word());
  throw cursor.unexpected();
}

function parseDescribe(cursor: StatementCursor): Statement {
  cursor.next();
  if (!cursor.atIdentifier() || cursor.peek(1).kind === 'string') throw notSupported('EXPLAIN of a statement');
  const table = cursor.tableName();
  const like = cursor.peek().kind === 'string' || cursor.atIdentifier() ? cursor.next().text : undefined;
  return { kind: 'show', show: { of: 'columns', table, full: false, filter: like === undefined ? {} : { like } } };
}

/** `KILL [TIDB] {[QUERY|CONNECTION] id | CONNECTION_ID()}` (TiDB: TIDB is the old spelling; both kill globally since 6.1). */
function parseKill(cursor: StatementCursor): Statement {
  cursor.expectWords('KILL');
  cursor.acceptWords('TIDB');
  if (cursor.acceptWords('CONNECTION_ID')) {
    cursor.parenthesized(() => {});
    return { kind: 'kill', only: 'connection', connectionId: 'own' };
  }
  const only = cursor.acceptOneOf('QUERY', 'CONNECTION') === 'QUERY' ? 'query' : 'connection';
  return { kind: 'kill', only, connectionId: cursor.expectInteger() };
}

/** Number of finished jobs that ADMIN SHOW DDL JOBS lists (DefNumHistoryJobs, pkg/ddl/ddl_history.go). */
const DEFAULT_JOBS = 10n;

function parseAdmin(cursor: StatementCursor): Statement {
  cursor.expectWords('ADMIN');
  if (cursor.acceptWords('SHOW', 'DDL', 'JOBS')) {
    const count = cursor.peek().kind === 'integer' ? cursor.expectInteger() : DEFAULT_JOBS;
    return { kind: 'adminShowDdlJobs', count, ...(cursor.acceptWords('WHERE') && { where: parseExpression(cursor) }) };
  }
  if (!cursor.acceptWords('CHECKSUM', 'TABLE')) throw notSupported(`ADMIN ${cursor.word()}`);
  return { kind: 'adminChecksum', tables: cursor.list(() => cursor.tableName()) };
}
