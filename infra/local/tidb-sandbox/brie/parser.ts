import type { StatementCursor } from '../sql/statement-cursor.ts';
import type { TidbVersion } from '../tidb-version.ts';
import { parseOptions } from './option-parser.ts';
import type { BrieScope, BrieStatement, UnsupportedBrieStatement } from './statement.ts';

type UnsupportedKind = UnsupportedBrieStatement['statementKind'];

/**
 * Parses a whole BRIE statement (BRIEStmt in TiDB's parser.y); returns `undefined` for any other statement and leaves the cursor where it
 * was. `SHOW BACKUPS` and `SHOW RESTORES` are SHOW statements: see `show-tasks.ts`. Throws 1064.
 */
export function parseBrie(cursor: StatementCursor, version: TidbVersion): BrieStatement | undefined {
  const statement = parseStatement(cursor, version);
  if (statement !== undefined) cursor.expectEnd();
  return statement;
}

function parseStatement(cursor: StatementCursor, version: TidbVersion): BrieStatement | undefined {
  if (cursor.acceptWords('BACKUP', 'LOGS')) return parseLogs(cursor, version, 'BACKUP LOGS', 'TO');
  if (cursor.acceptWords('PURGE', 'BACKUP', 'LOGS')) return parseLogs(cursor, version, 'PURGE BACKUP LOGS', 'FROM');
  if (cursor.acceptWords('RESTORE', 'POINT')) return parseLogs(cursor, version, 'RESTORE POINT', 'FROM');
  if (cursor.acceptWords('SHOW', 'BACKUP', 'LOGS')) return parseShowLogs(cursor);
  if (cursor.acceptWords('STOP', 'BACKUP', 'LOGS')) return unsupported('STOP BACKUP LOGS');
  if (cursor.acceptWords('RESUME', 'BACKUP', 'LOGS')) return unsupported('RESUME BACKUP LOGS');
  if (cursor.acceptWords('PAUSE', 'BACKUP', 'LOGS')) {
    parseOptions(cursor, version);
    return unsupported('PAUSE BACKUP LOGS');
  }
  if (cursor.acceptWords('BACKUP')) return parseJob(cursor, version, 'BACKUP', 'TO');
  if (cursor.acceptWords('RESTORE')) return parseJob(cursor, version, 'RESTORE', 'FROM');
  if (cursor.acceptWords('SHOW', 'BACKUP', 'METADATA')) {
    cursor.expectWords('FROM');
    return { kind: 'SHOW BACKUP METADATA', url: cursor.expectString() };
  }
  if (cursor.acceptWords('SHOW', 'BR', 'JOB', 'QUERY')) {
    return { kind: 'SHOW BR JOB QUERY', jobId: cursor.expectInteger() };
  }
  if (cursor.acceptWords('SHOW', 'BR', 'JOB')) {
    cursor.expectInteger();
    return unsupported('SHOW BR JOB');
  }
  if (cursor.acceptWords('CANCEL', 'BR', 'JOB')) return { kind: 'CANCEL BR JOB', jobId: cursor.expectInteger() };
  return undefined;
}

function parseJob(
  cursor: StatementCursor,
  version: TidbVersion,
  kind: 'BACKUP' | 'RESTORE',
  direction: 'TO' | 'FROM',
): BrieStatement {
  const scope = parseScope(cursor);
  cursor.expectWords(direction);
  const url = cursor.expectString();
  return { kind, scope, url, options: parseOptions(cursor, version) };
}

function parseLogs(
  cursor: StatementCursor,
  version: TidbVersion,
  kind: UnsupportedKind,
  direction: 'TO' | 'FROM',
): UnsupportedBrieStatement {
  cursor.expectWords(direction);
  const url = cursor.expectString();
  parseOptions(cursor, version);
  return unsupported(kind, url);
}

function parseShowLogs(cursor: StatementCursor): UnsupportedBrieStatement {
  if (cursor.acceptWords('STATUS')) return unsupported('SHOW BACKUP LOGS STATUS');
  cursor.expectWords('METADATA', 'FROM');
  return unsupported('SHOW BACKUP LOGS METADATA', cursor.expectString());
}

function unsupported(statementKind: UnsupportedKind, url?: string): UnsupportedBrieStatement {
  return { kind: 'UNSUPPORTED', statementKind, ...(url !== undefined && { url }) };
}

function parseScope(cursor: StatementCursor): BrieScope {
  if (cursor.acceptWords('TABLE')) return { kind: 'tables', tables: cursor.list(() => cursor.tableName()) };
  if (cursor.acceptOneOf('DATABASE', 'SCHEMA') === undefined) throw cursor.unexpected();
  if (cursor.acceptSymbol('*')) return { kind: 'everything' };
  return { kind: 'databases', names: cursor.list(() => cursor.identifier()) };
}
