import type { Assignment, Delete, Expression, OrderItem, Update } from '../sql/ast.ts';
import { notSupported, SqlError } from '../sql/errors.ts';
import type { Cell } from '../storage/cell.ts';
import { encodeRow } from '../storage/row-codec.ts';
import type { ColumnDefinition, TableInfo } from '../storage/schema.ts';
import { duplicateEntry, type Transaction } from '../storage/transaction.ts';
import { orderingOf } from './compare.ts';
import { compile, compileTruth, rowCountOf, type Scope } from './compile.ts';
import type { Row } from './compiled.ts';
import { columnLookup, TableSource } from './table-source.ts';
import { checkNulls, clusteredKey, nowFor, putRow, valueFor } from './write-row.ts';

type Statement = Pick<Scope, 'session' | 'parameters'>;

interface UpdateResult {
  readonly matched: bigint;
  readonly changed: bigint;
}

interface KeyedRow {
  readonly key: Uint8Array;
  readonly row: Row;
}

export function executeUpdate(update: Update, table: TableInfo, statement: Statement): UpdateResult {
  const { session } = statement;
  return session.write((transaction) => {
    const scope = scopeOf(table, statement);
    const assignments = resolve(update.assignments, table.definition.columns);
    const matches = chosenRows(update, table, transaction, scope);
    let changed = 0n;
    matches.forEach(({ key, row }, position) => {
      const after = [...row];
      for (const { column, at, value } of assignments) after[at] = valueFor(column, value, scope, row, position + 1);
      if (sameRow(table, row, after)) return;
      table.definition.columns.forEach((column, at) => {
        const isGiven = assignments.some((assignment) => assignment.at === at);
        if (column.onUpdateNow && !isGiven) after[at] = nowFor(column, session, position + 1);
      });
      checkNulls(table, after);
      replaceRow(transaction, table, key, after);
      changed += 1n;
    });
    return { matched: BigInt(matches.length), changed };
  });
}

/** The number of rows deleted. */
export function executeDelete(deletion: Delete, table: TableInfo, statement: Statement): bigint {
  return statement.session.write((transaction) => {
    const matches = chosenRows(deletion, table, transaction, scopeOf(table, statement));
    for (const { key } of matches) transaction.delete(table, key);
    return BigInt(matches.length);
  });
}

function scopeOf(table: TableInfo, statement: Statement): Scope {
  return { ...statement, column: columnLookup(table.definition.columns, table.name) };
}

/** Collect all rows before writing any, so that no changed row is read again. */
function chosenRows(
  choice: Pick<Update, 'where' | 'orderBy' | 'limit'>,
  table: TableInfo,
  transaction: Transaction,
  scope: Scope,
): KeyedRow[] {
  const where = choice.where && compileTruth(choice.where, scope);
  const limit = choice.limit ? rowCountOf(choice.limit.count, scope) : Number.POSITIVE_INFINITY;
  if (choice.limit?.offset) throw notSupported('OFFSET in UPDATE and DELETE');
  const source = new TableSource(table, transaction, table.name, scope);
  const matches: KeyedRow[] = [];
  for (const keyed of source.keyedRows(choice.where)) {
    if (!where || where(keyed.row) === true) matches.push(keyed);
    if (choice.orderBy.length === 0 && matches.length >= limit) break;
  }
  return inOrder(matches, choice.orderBy, scope).slice(0, limit);
}

function inOrder(matches: KeyedRow[], orderBy: readonly OrderItem[], scope: Scope): KeyedRow[] {
  const keys = orderBy.map(({ expression, descending }) => {
    const compiled = compile(expression, scope);
    return { compiled, compare: orderingOf(compiled.type), sign: descending ? -1 : 1 };
  });
  return matches.sort((left, right) => {
    for (const { compiled, compare, sign } of keys) {
      const difference = compare(compiled.evaluate(left.row), compiled.evaluate(right.row));
      if (difference !== 0) return sign * difference;
    }
    return 0;
  });
}

interface ResolvedAssignment {
  readonly column: ColumnDefinition;
  readonly at: number;
  readonly value: Expression;
}

function resolve(assignments: readonly Assignment[], columns: readonly ColumnDefinition[]): ResolvedAssignment[] {
  const assigned = new Set<string>();
  return assignments.map(({ column: name, value }) => {
    const at = columns.findIndex((each) => each.name.toLowerCase() === name.toLowerCase());
    const column = columns[at];
    if (!column) throw new SqlError(1054, `Unknown column '${name}' in 'field list'`);
    // MySQL would read the new value of a column assigned earlier; TiDB differs between versions.
    if (columnsIn(value).some((read) => assigned.has(read))) {
      throw notSupported('an assignment that reads a column assigned before it');
    }
    assigned.add(column.name.toLowerCase());
    return { column, at, value };
  });
}

function columnsIn(expression: Expression): string[] {
  switch (expression.kind) {
    case 'column':
      return [expression.column.name.toLowerCase()];
    case 'not':
    case 'negate':
    case 'isNull':
      return columnsIn(expression.operand);
    case 'binary':
      return [...columnsIn(expression.left), ...columnsIn(expression.right)];
    case 'in':
      return [expression.operand, ...expression.list].flatMap(columnsIn);
    case 'between':
      return [expression.operand, expression.low, expression.high].flatMap(columnsIn);
    case 'like':
      return [expression.operand, expression.pattern].flatMap(columnsIn);
    case 'call':
      return expression.args.flatMap(columnsIn);
    default:
      return [];
  }
}

function sameRow(table: TableInfo, before: readonly Cell[], after: readonly Cell[]): boolean {
  const { columns } = table.definition;
  return encodeRow(columns, before).equals(encodeRow(columns, after));
}

function replaceRow(transaction: Transaction, table: TableInfo, key: Uint8Array, after: Row): void {
  const newKey = clusteredKey(table, after) ?? key;
  if (Buffer.compare(newKey, key) !== 0) {
    const primary = table.definition.indexes.find((index) => index.name === 'PRIMARY');
    if (primary && transaction.get(table, newKey)) throw duplicateEntry(table, primary, after);
    transaction.delete(table, key);
  }
  putRow(transaction, table, newKey, after);
}
