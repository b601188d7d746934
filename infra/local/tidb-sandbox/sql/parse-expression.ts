import type { AggregateName, BinaryOperator, Expression } from './ast.ts';
import { notSupported } from './errors.ts';
import { castOf, convertOf } from './parse-cast.ts';
import type { StatementCursor } from './statement-cursor.ts';

const aggregates: ReadonlySet<string> = new Set<AggregateName>(['COUNT', 'SUM', 'MIN', 'MAX', 'AVG']);
/** Functions without parentheses. */
const bareFunctions = new Set(['CURRENT_TIMESTAMP', 'CURRENT_USER', 'CURRENT_DATE', 'UTC_TIMESTAMP', 'LOCALTIMESTAMP']);
/** Reserved words that are functions before a parenthesis. */
const reservedFunctions = new Set(['DATABASE', 'SCHEMA', 'IF', 'LEFT', 'RIGHT', 'REPLACE', 'CHAR', 'MOD', 'REPEAT']);

type SequenceFunction = Extract<Expression, { kind: 'sequence' }>['name'];
const sequenceFunctions: readonly SequenceFunction[] = ['NEXTVAL', 'LASTVAL', 'SETVAL'];

/** Parsers of what follows these calls' operand. */
const castForms: Readonly<Record<string, typeof castOf>> = { CAST: castOf, CONVERT: convertOf };

const comparisons: Readonly<Record<string, BinaryOperator>> = {
  '=': '=',
  '<=>': '<=>',
  '<>': '<>',
  '!=': '<>',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
};

/** Precedence, loosest first (MySQL, operator precedence): OR, XOR, AND, NOT, comparison and predicates, + -, * / % DIV, unary. */
export function parseExpression(cursor: StatementCursor): Expression {
  let left = parseXor(cursor);
  while (cursor.acceptWords('OR') || cursor.acceptSymbol('||')) left = binary('OR', left, parseXor(cursor));
  return left;
}

function parseXor(cursor: StatementCursor): Expression {
  let left = parseAnd(cursor);
  while (cursor.acceptWords('XOR')) left = binary('XOR', left, parseAnd(cursor));
  return left;
}

function parseAnd(cursor: StatementCursor): Expression {
  let left = parseNot(cursor);
  while (cursor.acceptWords('AND') || cursor.acceptSymbol('&&')) left = binary('AND', left, parseNot(cursor));
  return left;
}

function parseNot(cursor: StatementCursor): Expression {
  return cursor.acceptWords('NOT') ? { kind: 'not', operand: parseNot(cursor) } : parsePredicate(cursor);
}

function parsePredicate(cursor: StatementCursor): Expression {
  let left = parseSum(cursor);
  for (;;) {
    const operator = comparisons[cursor.peek().kind === 'symbol' ? cursor.peek().text : ''];
    if (operator) {
      cursor.next();
      if (cursor.atWords('ANY') || cursor.atWords('ALL')) throw notSupported('subqueries');
      left = binary(operator, left, parseSum(cursor));
    } else if (cursor.acceptWords('IS')) {
      left = parseIs(cursor, left);
    } else {
      const predicate = parseNegatable(cursor, left);
      if (!predicate) return left;
      left = predicate;
    }
  }
}

function parseIs(cursor: StatementCursor, operand: Expression): Expression {
  const negated = cursor.acceptWords('NOT');
  if (cursor.acceptWords('NULL')) return { kind: 'isNull', operand, negated };
  throw notSupported(`IS ${cursor.word()}`);
}

/** `[NOT] IN | BETWEEN | LIKE`; `undefined` if none of them follows. */
function parseNegatable(cursor: StatementCursor, operand: Expression): Expression | undefined {
  const negated = cursor.atWords('NOT') && !cursor.atWords('NOT', 'NULL') && cursor.acceptWords('NOT');
  if (cursor.acceptWords('IN')) {
    const list = cursor.parenthesized(() => {
      if (cursor.atWords('SELECT')) throw notSupported('subqueries');
      return cursor.list(() => parseExpression(cursor));
    });
    return { kind: 'in', operand, list, negated };
  }
  if (cursor.acceptWords('BETWEEN')) {
    const low = parseSum(cursor);
    cursor.expectWords('AND');
    return { kind: 'between', operand, low, high: parseSum(cursor), negated };
  }
  if (cursor.acceptWords('LIKE')) {
    const pattern = parseSum(cursor);
    const escapeCharacter = cursor.acceptWords('ESCAPE') ? cursor.expectString() : '\\';
    return { kind: 'like', operand, pattern, escapeCharacter, negated };
  }
  if (cursor.atWords('REGEXP') || cursor.atWords('RLIKE')) throw notSupported('REGEXP');
  if (negated) throw cursor.unexpected();
  return undefined;
}

function parseSum(cursor: StatementCursor): Expression {
  let left = parseProduct(cursor);
  for (;;) {
    if (cursor.acceptSymbol('+')) left = binary('+', left, parseProduct(cursor));
    else if (cursor.acceptSymbol('-')) left = binary('-', left, parseProduct(cursor));
    else return left;
  }
}

function parseProduct(cursor: StatementCursor): Expression {
  let left = parseUnary(cursor);
  for (;;) {
    if (cursor.acceptSymbol('*')) left = binary('*', left, parseUnary(cursor));
    else if (cursor.acceptSymbol('/')) left = binary('/', left, parseUnary(cursor));
    else if (cursor.acceptSymbol('%') || cursor.acceptWords('MOD')) left = binary('%', left, parseUnary(cursor));
    else if (cursor.acceptWords('DIV')) left = binary('DIV', left, parseUnary(cursor));
    else return left;
  }
}

function parseUnary(cursor: StatementCursor): Expression {
  if (cursor.acceptSymbol('+')) return parseUnary(cursor);
  if (cursor.acceptSymbol('!')) return { kind: 'not', operand: parseUnary(cursor) };
  if (!cursor.acceptSymbol('-')) return parsePrimary(cursor);
  const operand = parseUnary(cursor);
  if (operand.kind !== 'literal') return { kind: 'negate', operand };
  const { literal } = operand;
  // Folded, because −9223372036854775808 is an integer while 9223372036854775808 alone is not a signed one.
  if (literal.kind !== 'integer' && literal.kind !== 'decimal' && literal.kind !== 'float')
    return { kind: 'negate', operand };
  const text = literal.text.startsWith('-') ? literal.text.slice(1) : `-${literal.text}`;
  return { kind: 'literal', literal: { kind: literal.kind, text } };
}

function parsePrimary(cursor: StatementCursor): Expression {
  const token = cursor.peek();
  switch (token.kind) {
    case 'integer':
    case 'decimal':
    case 'float':
    case 'bytes':
      cursor.next();
      return { kind: 'literal', literal: { kind: token.kind, text: token.text } };
    case 'string':
      return { kind: 'literal', literal: { kind: 'string', text: adjacentStrings(cursor) } };
    case 'systemVariable':
      cursor.next();
      return systemVariable(token.text);
    case 'userVariable':
      cursor.next();
      return { kind: 'userVariable', name: token.text.toLowerCase() };
    case 'quoted':
      return parseColumn(cursor);
    case 'word':
      return parseWord(cursor);
    case 'symbol':
      return parseSymbol(cursor);
    case 'end':
      throw cursor.unexpected();
  }
}

/** `'a' 'b'` is `'ab'` (MySQL, string literals). */
function adjacentStrings(cursor: StatementCursor): string {
  let text = cursor.next().text;
  while (cursor.peek().kind === 'string') text += cursor.next().text;
  return text;
}

function systemVariable(text: string): Expression {
  const name = text.toLowerCase();
  const [scope, ...rest] = name.split('.');
  if (scope === 'global') return { kind: 'systemVariable', scope: 'global', name: rest.join('.') };
  if (scope === 'session' || scope === 'local')
    return { kind: 'systemVariable', scope: 'session', name: rest.join('.') };
  return { kind: 'systemVariable', scope: 'any', name };
}

function parseSymbol(cursor: StatementCursor): Expression {
  if (cursor.acceptSymbol('?')) {
    cursor.parameters += 1;
    return { kind: 'parameter', index: cursor.parameters - 1 };
  }
  return cursor.parenthesized(() => {
    if (cursor.atWords('SELECT')) throw notSupported('subqueries');
    const inner = parseExpression(cursor);
    if (cursor.atSymbol(',')) throw notSupported('row values');
    return inner;
  });
}

function parseWord(cursor: StatementCursor): Expression {
  if (cursor.acceptWords('NULL')) return { kind: 'literal', literal: { kind: 'null' } };
  if (cursor.acceptWords('TRUE')) return { kind: 'literal', literal: { kind: 'boolean', value: true } };
  if (cursor.acceptWords('FALSE')) return { kind: 'literal', literal: { kind: 'boolean', value: false } };
  const word = cursor.peek().text.toUpperCase();
  const next = cursor.peek(1);
  if (next.kind === 'symbol' && next.text === '(') {
    const ofSequence = sequenceFunctions.find((name) => name === word);
    if (ofSequence) return parseSequenceCall(cursor, ofSequence);
    const rest = castForms[word];
    if (rest) return parseCast(cursor, rest);
    if (cursor.atIdentifier() || bareFunctions.has(word) || reservedFunctions.has(word)) return parseCall(cursor);
    if (word === 'VALUES') return parseInserted(cursor);
  }
  if (cursor.acceptWords('NEXT', 'VALUE', 'FOR')) {
    return { kind: 'sequence', name: 'NEXTVAL', sequence: cursor.tableName() };
  }
  if (word === 'DEFAULT') {
    cursor.next();
    return { kind: 'default' };
  }
  if (bareFunctions.has(word)) {
    cursor.next();
    return { kind: 'call', name: word, args: [] };
  }
  if (word === 'CASE' || word === 'EXISTS' || word === 'INTERVAL' || word === 'BINARY') {
    throw notSupported(word);
  }
  // DATE '…', TIMESTAMP '…' and character set introducers such as _utf8mb4'…'.
  if (next.kind === 'string') return parseTypedString(cursor, word);
  return parseColumn(cursor);
}

function parseTypedString(cursor: StatementCursor, word: string): Expression {
  if (word === '_UTF8MB4' || word === '_UTF8') {
    cursor.next();
    return { kind: 'literal', literal: { kind: 'string', text: adjacentStrings(cursor) } };
  }
  if (cursor.atIdentifier()) throw notSupported(`${word} '…' literals`);
  throw cursor.unexpected();
}

function parseColumn(cursor: StatementCursor): Expression {
  const first = cursor.identifier();
  if (!cursor.acceptSymbol('.')) return { kind: 'column', column: { name: first } };
  const second = cursor.expectName();
  if (!cursor.acceptSymbol('.')) return { kind: 'column', column: { table: first, name: second } };
  return { kind: 'column', column: { database: first, table: second, name: cursor.expectName() } };
}

function parseInserted(cursor: StatementCursor): Expression {
  cursor.next();
  return { kind: 'inserted', column: cursor.parenthesized(() => cursor.identifier()) };
}

function parseSequenceCall(cursor: StatementCursor, name: SequenceFunction): Expression {
  cursor.next();
  return cursor.parenthesized(() => {
    const sequence = cursor.tableName();
    const argument = cursor.acceptSymbol(',') ? parseExpression(cursor) : undefined;
    if ((argument !== undefined) !== (name === 'SETVAL')) throw cursor.unexpected();
    return { kind: 'sequence', name, sequence, ...(argument && { argument }) };
  });
}

function parseCast(cursor: StatementCursor, rest: typeof castOf): Expression {
  cursor.next();
  return cursor.parenthesized(() => rest(cursor, parseExpression(cursor)));
}

function parseCall(cursor: StatementCursor): Expression {
  const name = cursor.word();
  cursor.expectSymbol('(');
  if (isAggregate(name)) return parseAggregate(cursor, name);
  const args: Expression[] = [];
  if (!cursor.atSymbol(')')) args.push(...cursor.list(() => parseExpression(cursor)));
  cursor.expectSymbol(')');
  if (cursor.atWords('OVER')) throw notSupported('window functions');
  return { kind: 'call', name, args };
}

function parseAggregate(cursor: StatementCursor, name: AggregateName): Expression {
  const isStar = name === 'COUNT' && cursor.acceptSymbol('*');
  const distinct = !isStar && cursor.acceptWords('DISTINCT');
  const argument = isStar ? undefined : parseExpression(cursor);
  if (cursor.atSymbol(',')) throw notSupported(`${name} of several values`);
  cursor.expectSymbol(')');
  if (cursor.atWords('OVER')) throw notSupported('window functions');
  return { kind: 'aggregate', name, distinct, ...(argument && { argument }) };
}

function isAggregate(name: string): name is AggregateName {
  return aggregates.has(name);
}

function binary(operator: BinaryOperator, left: Expression, right: Expression): Expression {
  return { kind: 'binary', operator, left, right };
}
