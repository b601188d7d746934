import type { CreateSequence, CreateView, ForeignKeySpec, Statement } from './ast.ts';
import { notSupported } from './errors.ts';
import { parseSelect } from './parse-query.ts';
import type { StatementCursor } from './statement-cursor.ts';

/** TiDB's defaults for an ascending sequence. */
const MAX_VALUE = '9223372036854775806';
const CACHE = 1000;

/** `[OR REPLACE] [ALGORITHM = …] [SQL SECURITY …] VIEW …` after CREATE; `undefined` if no view follows. */
export function parseCreateView(cursor: StatementCursor): CreateView | undefined {
  const orReplace = cursor.acceptWords('OR', 'REPLACE');
  if (cursor.acceptOption('ALGORITHM')) cursor.expectWords('UNDEFINED');
  if (cursor.acceptOption('DEFINER')) cursor.account();
  if (cursor.acceptWords('SQL', 'SECURITY')) {
    if (cursor.acceptWords('INVOKER')) throw notSupported('SQL SECURITY INVOKER');
    cursor.expectWords('DEFINER');
  }
  if (!cursor.acceptWords('VIEW')) return undefined;
  const view = cursor.tableName();
  const columns = cursor.atSymbol('(') ? cursor.parenthesized(() => cursor.list(() => cursor.identifier())) : undefined;
  cursor.expectWords('AS');
  const { start } = cursor.peek();
  const select = parseSelect(cursor);
  const text = cursor.sql.slice(start, cursor.consumedUpTo);
  return { kind: 'createView', view, orReplace, select, text, ...(columns && { columns }) };
}

/** What follows CREATE SEQUENCE. */
export function parseCreateSequence(cursor: StatementCursor): CreateSequence {
  const ifNotExists = cursor.acceptWords('IF', 'NOT', 'EXISTS');
  const sequence = cursor.tableName();
  let [start, increment, min, max]: (string | undefined)[] = [];
  let [cache, cycle, comment] = [CACHE, false, ''];
  for (;;) {
    if (cursor.acceptWords('START')) start = number(cursor, 'WITH');
    else if (cursor.acceptWords('INCREMENT')) increment = number(cursor, 'BY');
    else if (cursor.acceptWords('MINVALUE')) min = number(cursor);
    else if (cursor.acceptWords('MAXVALUE')) max = number(cursor);
    else if (cursor.acceptWords('CACHE')) cache = Number(number(cursor));
    else if (cursor.acceptWords('NOCACHE')) cache = 0;
    else if (cursor.acceptWords('CYCLE')) cycle = true;
    else if (cursor.acceptOneOf('NOCYCLE', 'NOMINVALUE', 'NOMAXVALUE')) continue;
    else if (cursor.acceptOption('ENGINE')) cursor.next();
    else if (cursor.acceptOption('COMMENT')) comment = cursor.expectString();
    else break;
  }
  if (increment?.startsWith('-') || increment === '0') throw notSupported('a sequence that does not count up');
  min ??= '1';
  const definition = { start: start ?? min, increment: increment ?? '1', min, max: max ?? MAX_VALUE, cache, cycle };
  return { kind: 'createSequence', sequence, ifNotExists, definition, comment };
}

function number(cursor: StatementCursor, filler?: string): string {
  if (filler !== undefined) cursor.acceptWords(filler);
  cursor.acceptSymbol('=');
  const sign = cursor.acceptSymbol('-') ? '-' : '';
  return `${sign}${cursor.expectInteger()}`;
}

/** What follows DROP, for views or sequences; `undefined` if neither follows. */
export function parseDropOther(cursor: StatementCursor): Statement | undefined {
  const what = cursor.acceptOneOf('VIEW', 'SEQUENCE');
  if (what === undefined) return undefined;
  const ifExists = cursor.acceptWords('IF', 'EXISTS');
  const names = cursor.list(() => cursor.tableName());
  return { kind: what === 'VIEW' ? 'dropViews' : 'dropSequences', names, ifExists };
}

/** What follows FOREIGN KEY. */
export function parseForeignKey(cursor: StatementCursor, constraint: string | undefined): ForeignKeySpec {
  const name = constraint ?? (cursor.atIdentifier() ? cursor.identifier() : undefined);
  const columns = cursor.parenthesized(() => cursor.list(() => cursor.identifier()));
  cursor.expectWords('REFERENCES');
  const { database, name: table } = cursor.tableName();
  const references = cursor.parenthesized(() => cursor.list(() => cursor.identifier()));
  const actions: string[] = [];
  while (cursor.acceptWords('ON')) {
    const event = cursor.acceptOneOf('DELETE', 'UPDATE');
    if (event === undefined) throw cursor.unexpected();
    actions.push(`ON ${event} ${referenceAction(cursor)}`);
  }
  return {
    columns,
    table,
    references,
    actions: actions.join(' '),
    ...(name !== undefined && { name }),
    ...(database !== undefined && { database }),
  };
}

function referenceAction(cursor: StatementCursor): string {
  if (cursor.acceptWords('SET', 'NULL')) return 'SET NULL';
  if (cursor.acceptWords('NO', 'ACTION')) return 'NO ACTION';
  const action = cursor.acceptOneOf('CASCADE', 'RESTRICT');
  if (action === undefined) throw cursor.unexpected();
  return action;
}
