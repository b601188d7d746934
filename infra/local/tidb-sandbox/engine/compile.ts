import type { BinaryOperator, ColumnName, Expression, Literal } from '../sql/ast.ts';
import { notSupported, SqlError } from '../sql/errors.ts';
import { assertNever, type Cell, familyOf } from '../storage/cell.ts';
import type { ColumnType } from '../storage/schema.ts';
import { timestampToLocal } from '../types/assign.ts';
import { parseDecimal } from '../types/decimal.ts';
import { compileArithmetic, isArithmetic, negate } from './arithmetic.ts';
import { sharedCharset } from './as-text.ts';
import { compileCast, compileConvert } from './cast.ts';
import { comparatorFor } from './compare.ts';
import {
  BIGINT,
  booleanOf,
  type Compiled,
  constant,
  FALSE,
  NULL_TYPE,
  type Row,
  TRUE,
  truthOf,
  UNSIGNED_BIGINT,
} from './compiled.ts';
import { compileCall } from './functions.ts';
import { likePattern } from './like.ts';
import { compileSequence } from './sequences.ts';
import type { Session } from './session.ts';
import { isGlobal, requireVariable, variableType } from './variables.ts';

/** What the names in an expression refer to. */
export interface Scope {
  readonly session: Session;
  readonly parameters: readonly { readonly type: ColumnType; readonly cell: Cell }[];
  /** Throws 1054 for an unknown column. */
  column(name: ColumnName): { readonly at: number; readonly type: ColumnType };
  /** Set where aggregates are allowed; elsewhere they are 1111. */
  aggregate?(expression: Extract<Expression, { kind: 'aggregate' }>): Compiled;
  /** `VALUES(col)`, in ON DUPLICATE KEY UPDATE only. */
  inserted?(column: string): Compiled;
}

const MAX_SIGNED = (1n << 63n) - 1n;
const MIN_SIGNED = -(1n << 63n);
const MAX_UNSIGNED = (1n << 64n) - 1n;

export function compile(expression: Expression, scope: Scope): Compiled {
  switch (expression.kind) {
    case 'literal':
      return compileLiteral(expression.literal);
    case 'column':
      return compileColumn(expression.column, scope);
    case 'systemVariable':
      return compileVariable(expression, scope.session);
    case 'userVariable': {
      const value = scope.session.userVariables.get(expression.name);
      return value ? constant(value.type, value.cell) : constant(NULL_TYPE, null);
    }
    case 'parameter': {
      const parameter = scope.parameters[expression.index];
      // Unset only while a statement is prepared: nothing is evaluated then.
      return constant(parameter?.type ?? NULL_TYPE, parameter?.cell ?? null);
    }
    case 'default':
      throw notSupported('DEFAULT in an expression');
    case 'inserted': {
      if (!scope.inserted) throw notSupported('VALUES() outside of ON DUPLICATE KEY UPDATE');
      return scope.inserted(expression.column);
    }
    case 'not': {
      const truth = compileTruth(expression.operand, scope);
      return booleanOf((row) => {
        const value = truth(row);
        return value === null ? null : !value;
      });
    }
    case 'negate':
      return negate(compile(expression.operand, scope));
    case 'binary':
      return compileBinary(expression, scope);
    case 'isNull': {
      const operand = compile(expression.operand, scope);
      return booleanOf((row) => (operand.evaluate(row) === null) !== expression.negated);
    }
    case 'in':
      return compileIn(expression, scope);
    case 'between': {
      const { operand, low, high } = expression;
      const within: Expression = {
        kind: 'binary',
        operator: 'AND',
        left: { kind: 'binary', operator: '>=', left: operand, right: low },
        right: { kind: 'binary', operator: '<=', left: operand, right: high },
      };
      return compile(expression.negated ? { kind: 'not', operand: within } : within, scope);
    }
    case 'like':
      return compileLike(expression, scope);
    case 'sequence':
      return compileSequence(expression, expression.argument && compile(expression.argument, scope), scope.session);
    case 'cast':
      return compileCast(compile(expression.operand, scope), expression.target, scope.session);
    case 'convert':
      return compileConvert(compile(expression.operand, scope), expression.charset, scope.session);
    case 'call':
      return compileCall(
        expression.name,
        expression.args.map((argument) => compile(argument, scope)),
        scope.session,
      );
    case 'aggregate':
      if (!scope.aggregate) throw new SqlError(1111, 'Invalid use of group function');
      return scope.aggregate(expression);
    default:
      return assertNever(expression);
  }
}

/** A condition: true, false, or null for unknown. */
export function compileTruth(expression: Expression, scope: Scope): (row: Row) => boolean | null {
  return truthOf(compile(expression, scope));
}

function compileLiteral(literal: Literal): Compiled {
  switch (literal.kind) {
    case 'null':
      return constant(NULL_TYPE, null);
    case 'boolean':
      return constant(BIGINT, literal.value ? TRUE : FALSE);
    case 'integer': {
      const value = BigInt(literal.text);
      if (value >= MIN_SIGNED && value <= MAX_SIGNED) return constant(BIGINT, value);
      if (value >= 0n && value <= MAX_UNSIGNED) return constant(UNSIGNED_BIGINT, value);
      return decimalLiteral(literal.text);
    }
    case 'decimal':
      return decimalLiteral(literal.text);
    case 'float':
      return constant({ kind: 'double' }, Number(literal.text));
    case 'string':
      return constant({ kind: 'varchar', length: literal.text.length }, literal.text);
    case 'bytes': {
      const bytes = Buffer.from(literal.text, 'hex');
      return constant({ kind: 'varbinary', length: bytes.length }, bytes);
    }
    default:
      return assertNever(literal);
  }
}

function decimalLiteral(text: string): Compiled {
  const scale = text.split('.')[1]?.length ?? 0;
  const precision = Math.max(1, text.replace(/[-.]/g, '').length);
  return constant(
    { kind: 'decimal', precision, scale, unsigned: false },
    text.replace(/^(-?)\./, '$10.').replace(/\.$/, ''),
  );
}

function compileColumn(name: ColumnName, scope: Scope): Compiled {
  const { at, type } = scope.column(name);
  const offset = type.kind === 'timestamp' ? scope.session.utcOffsetMinutes : 0;
  if (type.kind !== 'timestamp' || offset === 0) return { type, evaluate: (row) => row[at] ?? null };
  return {
    type,
    evaluate: (row) => {
      const cell = row[at] ?? null;
      return typeof cell === 'string' ? timestampToLocal(cell, type.fsp, offset) : cell;
    },
  };
}

function compileVariable({ scope, name }: Extract<Expression, { kind: 'systemVariable' }>, session: Session): Compiled {
  requireVariable(name, session.cluster.version);
  const type = variableType(name);
  const text = readVariable(name, scope === 'global' ? 'global' : 'session', session);
  if (familyOf(type) !== 'integer') return constant(type, text);
  return constant(type, text === 'ON' ? TRUE : text === 'OFF' ? FALSE : BigInt(text));
}

/** A variable's value as text, including computed ones. */
export function readVariable(name: string, scope: 'session' | 'global', session: Session): string {
  switch (name) {
    case 'hostname':
      return session.server.host;
    case 'port':
      return String(session.server.port);
    case 'last_insert_id':
      return session.lastInsertId.toString();
    case 'tidb_current_ts':
      return session.transactionTs.toString();
    default:
      return (scope === 'global' || isGlobal(name) ? session.cluster.globals : session.variables).get(name);
  }
}

function compileBinary(
  { operator, left: leftExpression, right: rightExpression }: Extract<Expression, { kind: 'binary' }>,
  scope: Scope,
): Compiled {
  if (operator === 'AND' || operator === 'OR' || operator === 'XOR') {
    return compileLogic(operator, compileTruth(leftExpression, scope), compileTruth(rightExpression, scope));
  }
  const [left, right] = [compile(leftExpression, scope), compile(rightExpression, scope)];
  if (isArithmetic(operator)) return compileArithmetic(operator, left, right);
  sharedCharset([left, right], operator);
  const compare = comparatorFor(left, right);
  const decide = decisions[operator];
  return booleanOf((row) => {
    const [a, b] = [left.evaluate(row), right.evaluate(row)];
    if (a === null || b === null) return operator === '<=>' ? a === b : null;
    return decide(compare(a, b));
  });
}

type ComparisonOperator = '=' | '<=>' | '<>' | '<' | '<=' | '>' | '>=';

const decisions: Readonly<Record<ComparisonOperator, (order: number) => boolean>> = {
  '=': (order) => order === 0,
  '<=>': (order) => order === 0,
  '<>': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

type Truth = (row: Row) => boolean | null;

function compileLogic(operator: Extract<BinaryOperator, 'AND' | 'OR' | 'XOR'>, left: Truth, right: Truth): Compiled {
  return booleanOf((row) => {
    const a = left(row);
    // The left side decides alone: the right one may not even be valid for this row.
    if (operator === 'AND' && a === false) return false;
    if (operator === 'OR' && a === true) return true;
    const b = right(row);
    if (operator === 'XOR') return a === null || b === null ? null : a !== b;
    const decisive = operator === 'OR';
    if (b === decisive) return decisive;
    return a === null || b === null ? null : !decisive;
  });
}

function compileIn({ operand, list, negated }: Extract<Expression, { kind: 'in' }>, scope: Scope): Compiled {
  const left = compile(operand, scope);
  const members = list.map((member) => {
    const right = compile(member, scope);
    return { right, compare: comparatorFor(left, right) };
  });
  return booleanOf((row) => {
    const value = left.evaluate(row);
    if (value === null) return null;
    let sawNull = false;
    for (const { right, compare } of members) {
      const candidate = right.evaluate(row);
      if (candidate === null) sawNull = true;
      else if (compare(value, candidate) === 0) return !negated;
    }
    return sawNull ? null : negated;
  });
}

function compileLike(
  { operand, pattern, escapeCharacter, negated }: Extract<Expression, { kind: 'like' }>,
  scope: Scope,
): Compiled {
  const [left, right] = [compile(operand, scope), compile(pattern, scope)];
  if (familyOf(left.type) === 'bytes' && left.constant !== null) throw notSupported('LIKE on binary values');
  if (right.constant === undefined) throw notSupported('LIKE with a pattern that is no literal');
  if (right.constant === null) return constant(BIGINT, null);
  const matches = likePattern(String(right.constant), escapeCharacter);
  return booleanOf((row) => {
    const cell = left.evaluate(row);
    return cell === null ? null : matches.test(String(cell)) !== negated;
  });
}

/** Reads a literal number of rows, for LIMIT. */
export function rowCountOf(expression: Expression, scope: Scope): number {
  const { constant: cell } = compile(expression, scope);
  const isLiteral = expression.kind === 'literal' || expression.kind === 'parameter';
  if (!isLiteral || typeof cell !== 'bigint' || cell < 0n || !parseDecimal(String(cell))) {
    throw new SqlError(1210, 'Incorrect arguments to LIMIT');
  }
  return Number(cell);
}
