import type { Expression, Setting, Statement } from './ast.ts';
import { notSupported } from './errors.ts';
import { parseExpression } from './parse-expression.ts';
import type { StatementCursor } from './statement-cursor.ts';

/** SET …; the keyword is next. */
export function parseSet(cursor: StatementCursor): Statement {
  cursor.expectWords('SET');
  return { kind: 'set', settings: cursor.list(() => parseSetting(cursor)) };
}

function parseSetting(cursor: StatementCursor): Setting {
  if (cursor.acceptWords('NAMES')) return parseNames(cursor);
  if (cursor.acceptWords('CHARACTER', 'SET') || cursor.acceptWords('CHARSET')) {
    return { kind: 'names', ...named('charset', nameOrDefault(cursor)) };
  }
  if (cursor.acceptWords('PASSWORD')) {
    const account = cursor.acceptWords('FOR') ? cursor.account() : undefined;
    cursor.expectSymbol('=');
    return { kind: 'password', password: cursor.expectString(), ...(account && { account }) };
  }
  if (cursor.atWords('ROLE') || cursor.atWords('RESOURCE') || cursor.atWords('CONFIG')) {
    throw notSupported(`SET ${cursor.word()}`);
  }
  const token = cursor.peek();
  if (token.kind === 'userVariable') {
    cursor.next();
    return { kind: 'user', name: token.text.toLowerCase(), value: assigned(cursor) };
  }
  if (token.kind === 'systemVariable') {
    cursor.next();
    const [scope, ...rest] = token.text.toLowerCase().split('.');
    const isScoped = scope === 'global' || scope === 'session' || scope === 'local';
    const name = isScoped ? rest.join('.') : token.text.toLowerCase();
    return { kind: 'system', scope: scope === 'global' ? 'global' : 'session', name, value: assigned(cursor) };
  }
  return parsePlainSetting(cursor);
}

function parsePlainSetting(cursor: StatementCursor): Setting {
  const scope = cursor.acceptOneOf('GLOBAL', 'SESSION', 'LOCAL') === 'GLOBAL' ? 'global' : 'session';
  if (cursor.acceptWords('TRANSACTION')) return parseIsolation(cursor, scope);
  return { kind: 'system', scope, name: cursor.identifier().toLowerCase(), value: assigned(cursor) };
}

/** `SET [SESSION] TRANSACTION ISOLATION LEVEL …`; TiDB calls its snapshot isolation REPEATABLE READ. */
function parseIsolation(cursor: StatementCursor, scope: 'session' | 'global'): Setting {
  cursor.expectWords('ISOLATION', 'LEVEL');
  cursor.expectWords('REPEATABLE', 'READ');
  const value: Expression = { kind: 'literal', literal: { kind: 'string', text: 'REPEATABLE-READ' } };
  return { kind: 'system', scope, name: 'transaction_isolation', value };
}

function parseNames(cursor: StatementCursor): Setting {
  const charset = named('charset', nameOrDefault(cursor));
  const collation = cursor.acceptWords('COLLATE') ? named('collation', nameOrDefault(cursor)) : {};
  return { kind: 'names', ...charset, ...collation };
}

function nameOrDefault(cursor: StatementCursor): string | undefined {
  if (cursor.acceptWords('DEFAULT')) return undefined;
  const token = cursor.peek();
  if (token.kind === 'string') return cursor.next().text.toLowerCase();
  return cursor.expectName().toLowerCase();
}

function named<Key extends string>(key: Key, value: string | undefined): { [key in Key]?: string } {
  return value === undefined ? {} : ({ [key]: value } as { [key in Key]: string });
}

/** A bare word stands for its own text: `SET sql_mode = ANSI`, `SET x = ON`. */
function assigned(cursor: StatementCursor): Expression {
  if (!cursor.acceptSymbol('=')) cursor.expectSymbol(':=');
  const token = cursor.peek();
  const next = cursor.peek(1);
  const endsThere = next.kind === 'end' || (next.kind === 'symbol' && (next.text === ',' || next.text === ';'));
  const isWord = token.kind === 'word' && !['NULL', 'TRUE', 'FALSE', 'DEFAULT'].includes(token.text.toUpperCase());
  if (isWord && endsThere) {
    cursor.next();
    return { kind: 'literal', literal: { kind: 'string', text: token.text } };
  }
  return parseExpression(cursor);
}
