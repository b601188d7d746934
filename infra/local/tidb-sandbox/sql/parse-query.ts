import type { Assignment, Delete, Expression, Insert, Limit, OrderItem, Select, SelectItem, Update } from './ast.ts';
import { notSupported } from './errors.ts';
import { parseExpression } from './parse-expression.ts';
import type { StatementCursor } from './statement-cursor.ts';

export function parseSelect(cursor: StatementCursor): Select {
  cursor.expectWords('SELECT');
  const distinct = cursor.acceptWords('DISTINCT');
  cursor.acceptWords('ALL');
  // Hints without an effect on the result.
  while (cursor.acceptWords('SQL_NO_CACHE') || cursor.acceptWords('HIGH_PRIORITY'));
  const items = cursor.list(() => parseItem(cursor));
  const from = cursor.acceptWords('FROM') ? parseFrom(cursor) : undefined;
  const where = parseWhere(cursor);
  const groupBy = cursor.acceptWords('GROUP', 'BY') ? cursor.list(() => parseExpression(cursor)) : [];
  const having = cursor.acceptWords('HAVING') ? parseExpression(cursor) : undefined;
  const orderBy = parseOrderBy(cursor);
  const limit = parseLimit(cursor);
  if (cursor.atWords('UNION') || cursor.atWords('EXCEPT') || cursor.atWords('INTERSECT'))
    throw notSupported(cursor.word());
  if (cursor.atWords('FOR') || cursor.atWords('INTO') || cursor.atWords('LOCK') || cursor.atWords('WINDOW')) {
    throw notSupported(`SELECT … ${cursor.word()}`);
  }
  return {
    kind: 'select',
    distinct,
    items,
    groupBy,
    orderBy,
    ...(from && { from }),
    ...where,
    ...(having && { having }),
    ...limit,
  };
}

/** `undefined` for DUAL, which is no table. */
function parseFrom(cursor: StatementCursor): Select['from'] {
  if (cursor.acceptWords('DUAL')) return undefined;
  if (cursor.atSymbol('(')) throw notSupported('subqueries and parenthesized tables');
  const table = cursor.tableName();
  if (cursor.atWords('AS', 'OF') || cursor.atWords('PARTITION')) throw notSupported(`FROM t ${cursor.word()}`);
  if (cursor.atWords('USE') || cursor.atWords('FORCE') || cursor.atWords('IGNORE')) throw notSupported('index hints');
  const alias = cursor.acceptWords('AS') || cursor.atIdentifier() ? cursor.identifier() : undefined;
  const joins = ['JOIN', 'INNER', 'LEFT', 'RIGHT', 'CROSS', 'NATURAL', 'STRAIGHT_JOIN'];
  if (cursor.atSymbol(',') || joins.some((word) => cursor.atWords(word))) throw notSupported('joins');
  return { table, ...(alias !== undefined && { alias }) };
}

function parseItem(cursor: StatementCursor): SelectItem {
  if (cursor.acceptSymbol('*')) return { kind: 'all' };
  const star = cursor.peek(2);
  if (cursor.atIdentifier() && cursor.peek(1).text === '.' && star.kind === 'symbol' && star.text === '*') {
    const table = cursor.identifier();
    cursor.expectSymbol('.');
    cursor.expectSymbol('*');
    return { kind: 'all', table };
  }
  const { start } = cursor.peek();
  const expression = parseExpression(cursor);
  const written = cursor.sql.slice(start, cursor.consumedUpTo).trim();
  const alias = parseAlias(cursor);
  return { kind: 'expression', expression, name: alias ?? defaultName(expression, written) };
}

function parseAlias(cursor: StatementCursor): string | undefined {
  if (cursor.acceptWords('AS')) return cursor.peek().kind === 'string' ? cursor.next().text : cursor.identifier();
  if (cursor.peek().kind === 'string') return cursor.next().text;
  return cursor.atIdentifier() ? cursor.identifier() : undefined;
}

/** A column's own name, a string's text, or the expression as written. */
function defaultName(expression: Expression, written: string): string {
  if (expression.kind === 'column') return expression.column.name;
  if (expression.kind === 'literal' && expression.literal.kind === 'string') return expression.literal.text;
  return written;
}

function parseWhere(cursor: StatementCursor): { where?: Expression } {
  return cursor.acceptWords('WHERE') ? { where: parseExpression(cursor) } : {};
}

function parseOrderBy(cursor: StatementCursor): OrderItem[] {
  if (!cursor.acceptWords('ORDER', 'BY')) return [];
  return cursor.list(() => {
    const expression = parseExpression(cursor);
    const descending = cursor.acceptOneOf('ASC', 'DESC') === 'DESC';
    return { expression, descending };
  });
}

function parseLimit(cursor: StatementCursor): { limit?: Limit } {
  if (!cursor.acceptWords('LIMIT')) return {};
  const first = parseExpression(cursor);
  if (cursor.acceptSymbol(',')) return { limit: { offset: first, count: parseExpression(cursor) } };
  if (cursor.acceptWords('OFFSET')) return { limit: { count: first, offset: parseExpression(cursor) } };
  return { limit: { count: first } };
}

/** INSERT or REPLACE; the keyword is next. */
export function parseInsert(cursor: StatementCursor): Insert {
  const isReplace = cursor.acceptOneOf('INSERT', 'REPLACE') === 'REPLACE';
  const ignore = !isReplace && cursor.acceptWords('IGNORE');
  cursor.acceptWords('INTO');
  const table = cursor.tableName();
  const mode = isReplace ? 'replace' : ignore ? 'ignore' : 'insert';
  if (cursor.acceptWords('SET')) return insertOfAssignments(cursor, mode, table);
  const columns = cursor.atSymbol('(') ? cursor.parenthesized(() => columnList(cursor)) : undefined;
  const source = cursor.atWords('SELECT') ? parseSelect(cursor) : parseValues(cursor);
  return { kind: 'insert', mode, table, source, onDuplicate: parseOnDuplicate(cursor), ...(columns && { columns }) };
}

function insertOfAssignments(cursor: StatementCursor, mode: Insert['mode'], table: Insert['table']): Insert {
  const assignments = cursor.list(() => parseAssignment(cursor));
  return {
    kind: 'insert',
    mode,
    table,
    columns: assignments.map((assignment) => assignment.column),
    source: { kind: 'values', rows: [assignments.map((assignment) => assignment.value)] },
    onDuplicate: parseOnDuplicate(cursor),
  };
}

function columnList(cursor: StatementCursor): string[] {
  return cursor.atSymbol(')') ? [] : cursor.list(() => parseColumnName(cursor));
}

function parseValues(cursor: StatementCursor): Insert['source'] {
  if (!cursor.acceptOneOf('VALUES', 'VALUE')) throw cursor.unexpected();
  const rows = cursor.list(() =>
    cursor.parenthesized(() => (cursor.atSymbol(')') ? [] : cursor.list(() => parseExpression(cursor)))),
  );
  return { kind: 'values', rows };
}

function parseOnDuplicate(cursor: StatementCursor): Assignment[] {
  if (!cursor.acceptWords('ON', 'DUPLICATE', 'KEY', 'UPDATE')) return [];
  return cursor.list(() => parseAssignment(cursor));
}

export function parseUpdate(cursor: StatementCursor): Update {
  cursor.expectWords('UPDATE');
  const table = cursor.tableName();
  if (cursor.atSymbol(',')) throw notSupported('UPDATE of several tables');
  cursor.expectWords('SET');
  const assignments = cursor.list(() => parseAssignment(cursor));
  return { kind: 'update', table, assignments, ...parseRowChoice(cursor) };
}

export function parseDelete(cursor: StatementCursor): Delete {
  cursor.expectWords('DELETE');
  if (!cursor.acceptWords('FROM')) throw notSupported('DELETE of several tables');
  const table = cursor.tableName();
  return { kind: 'delete', table, ...parseRowChoice(cursor) };
}

function parseRowChoice(cursor: StatementCursor) {
  return { ...parseWhere(cursor), orderBy: parseOrderBy(cursor), ...parseLimit(cursor) };
}

function parseAssignment(cursor: StatementCursor): Assignment {
  const column = parseColumnName(cursor);
  if (!cursor.acceptSymbol('=')) cursor.expectSymbol(':=');
  return { column, value: parseExpression(cursor) };
}

/** `col` or `t.col`: with a single table, the table's name adds nothing. */
function parseColumnName(cursor: StatementCursor): string {
  let name = cursor.identifier();
  while (cursor.acceptSymbol('.')) name = cursor.expectName();
  return name;
}
