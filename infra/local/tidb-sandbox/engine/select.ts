import type { ColumnName, Expression, OrderItem, Select, SelectItem } from '../sql/ast.ts';
import { notSupported, SqlError } from '../sql/errors.ts';
import type { ResultColumn, RowSource } from '../sql/result-set.ts';
import type { Cell } from '../storage/cell.ts';
import { groupKey, orderingOf } from './compare.ts';
import { compile, compileTruth, rowCountOf, type Scope } from './compile.ts';
import type { Compiled, Row } from './compiled.ts';
import { groupRows } from './group.ts';
import { sorted } from './sort.ts';
import { columnLookup, ListSource, noColumns, type Source } from './table-source.ts';

type Statement = Pick<Scope, 'session' | 'parameters'>;

/** A select item with its name in the result. */
interface Output {
  readonly column: ResultColumn;
  readonly compiled: Compiled;
}

/** Checks everything up front; rows are computed while they are read, so an error of a single row comes then. */
export function executeSelect(select: Select, source: Source | undefined, statement: Statement): RowSource {
  const label = select.from?.alias ?? select.from?.table.name ?? '';
  const from = source ?? new ListSource([], [[]]);
  const lookup = source ? columnLookup(source.columns, label) : noColumns;
  const plain: Scope = { ...statement, column: lookup };
  const items = source ? expandStars(select.items, source, label) : select.items;
  const where = select.where && compileTruth(select.where, withClause(plain, source, label, 'where clause'));
  const limit = limitOf(select, plain);

  const grouping = groupRows({ ...select, items }, plain, from);
  const scope = grouping?.scope ?? plain;
  const outputs = items.map((item) => output(item, scope, from));
  const later = refusingAliases(scope, outputs);
  const having = select.having && compileTruth(select.having, later);
  const order = select.orderBy.map((item) => orderKey(item, outputs, later));

  const inOrder = !grouping && isOrderedBy(order, from);
  const needsSort = order.length > 0 && !inOrder;
  const canSkip = !where && !grouping && !needsSort && !select.distinct;
  const matching = filtered(from.rows({ skip: canSkip ? limit.offset : 0, where: select.where }), where);
  const grouped = grouping ? filtered(grouping.rows(matching, select.where !== undefined), having) : matching;
  const arranged = needsSort ? sorted(grouped, compareBy(order), sortLimit(select, limit)) : grouped;
  const projected = project(arranged, outputs, select.distinct);
  return {
    columns: outputs.map(({ column }) => column),
    rows: limited(projected, canSkip ? 0 : limit.offset, limit.count),
  };
}

/** DISTINCT drops rows after the sort, so none may be cut off before. */
function sortLimit(select: Select, { offset, count }: { offset: number; count: number }): number {
  return select.distinct ? Number.POSITIVE_INFINITY : offset + count;
}

function withClause(scope: Scope, source: Source | undefined, label: string, clause: string): Scope {
  return { ...scope, column: columnLookup(source?.columns ?? [], label, clause) };
}

function expandStars(items: readonly SelectItem[], source: Source, label: string): SelectItem[] {
  return items.flatMap((item): SelectItem[] => {
    if (item.kind === 'expression') return [item];
    if (item.table !== undefined && item.table.toLowerCase() !== label.toLowerCase()) {
      throw new SqlError(1051, `Unknown table '${item.table}'`);
    }
    return source.columns.map(({ name }) => ({
      kind: 'expression',
      name,
      expression: { kind: 'column', column: { name } },
    }));
  });
}

function output(item: SelectItem, scope: Scope, source: Source): Output {
  if (item.kind === 'all') throw new SqlError(1096, 'No tables used');
  const { expression, name } = item;
  const compiled = compile(expression, scope);
  const origin = expression.kind === 'column' ? source.columns[scope.column(expression.column).at]?.origin : undefined;
  return { compiled, column: { name, type: compiled.type, ...(origin && { origin }) } };
}

interface OrderKey {
  readonly compiled: Compiled;
  readonly descending: boolean;
  /** The source's column, if the key is just that. */
  readonly position: number | undefined;
}

/** HAVING and ORDER BY also know the result's aliases; aliases inside an expression are not supported. */
function refusingAliases(scope: Scope, outputs: readonly Output[]): Scope {
  return {
    ...scope,
    column: (name) => {
      const named = findOutput(outputs, name);
      if (named && !named.column.origin) throw notSupported(`the alias '${name.name}' in HAVING or in an expression`);
      return scope.column(name);
    },
  };
}

function findOutput(outputs: readonly Output[], { name, table }: ColumnName): Output | undefined {
  if (table !== undefined) return undefined;
  return outputs.find(({ column }) => column.name.toLowerCase() === name.toLowerCase());
}

/** A select item's position (`ORDER BY 2`), its name, or an expression. */
function orderKey({ expression, descending }: OrderItem, outputs: readonly Output[], scope: Scope): OrderKey {
  if (expression.kind === 'literal' && expression.literal.kind === 'integer') {
    const chosen = outputs[Number(expression.literal.text) - 1];
    if (!chosen) throw new SqlError(1054, `Unknown column '${expression.literal.text}' in 'order clause'`);
    return { compiled: chosen.compiled, descending, position: undefined };
  }
  if (expression.kind !== 'column') return { compiled: compile(expression, scope), descending, position: undefined };
  const { column: name } = expression;
  const named = findOutput(outputs, name);
  const isItself = named?.column.origin?.column.toLowerCase() === name.name.toLowerCase();
  if (named && !isItself) return { compiled: named.compiled, descending, position: undefined };
  return { compiled: compile(expression, scope), descending, position: scope.column(name).at };
}

/** Whether the source's own order suffices: ascending, by the first columns of its key. */
function isOrderedBy(order: readonly OrderKey[], source: Source): boolean {
  if (order.length > source.orderedBy.length) return false;
  return order.every(({ position, descending }, at) => !descending && position === source.orderedBy[at]);
}

function compareBy(order: readonly OrderKey[]): (left: Row, right: Row) => number {
  const keys = order.map(({ compiled, descending }) => ({
    compiled,
    compare: orderingOf(compiled.type),
    sign: descending ? -1 : 1,
  }));
  return (left, right) => {
    for (const { compiled, compare, sign } of keys) {
      const difference = compare(compiled.evaluate(left), compiled.evaluate(right));
      if (difference !== 0) return sign * difference;
    }
    return 0;
  };
}

function limitOf({ limit }: Select, scope: Scope): { offset: number; count: number } {
  if (!limit) return { offset: 0, count: Number.POSITIVE_INFINITY };
  const offset = limit.offset ? rowCountOf(limit.offset, scope) : 0;
  return { offset, count: rowCountOf(limit.count, scope) };
}

function* filtered(rows: Iterable<Row>, truth: ((row: Row) => boolean | null) | undefined): Iterable<Row> {
  for (const row of rows) if (!truth || truth(row) === true) yield row;
}

function* project(rows: Iterable<Row>, outputs: readonly Output[], distinct: boolean): Iterable<Row> {
  const seen = new Set<string>();
  for (const row of rows) {
    const cells: Cell[] = outputs.map(({ compiled }) => compiled.evaluate(row));
    if (distinct) {
      const key = outputs.map(({ compiled }, at) => groupKey(compiled.type, cells[at] ?? null)).join();
      if (seen.has(key)) continue;
      seen.add(key);
    }
    yield cells;
  }
}

function* limited(rows: Iterable<Row>, offset: number, count: number): Iterable<Row> {
  if (count === 0) return;
  let at = 0;
  for (const row of rows) {
    at += 1;
    if (at > offset) yield row;
    if (at >= offset + count) return;
  }
}

/** `SELECT SLEEP(n)` alone: its seconds; `undefined` for any other statement. */
export function sleepSeconds(select: Select, statement: Statement): number | undefined {
  const [item] = select.items;
  const isAlone = select.items.length === 1 && !select.from && !select.where && item?.kind === 'expression';
  if (!isAlone || item.expression.kind !== 'call' || item.expression.name !== 'SLEEP') return undefined;
  const [seconds] = item.expression.args;
  const value = seconds && compile(seconds, { ...statement, column: noColumns }).constant;
  if (value === undefined || value === null) throw notSupported('SLEEP without a number');
  return Number(value);
}

/** The condition of a SHOW over its result's columns. */
export function filterRows(
  { columns, rows }: { columns: readonly ResultColumn[]; rows: readonly Row[] },
  where: Expression,
  statement: Statement,
): Row[] {
  const truth = compileTruth(where, { ...statement, column: columnLookup(columns, '', 'where clause') });
  return rows.filter((row) => truth(row) === true);
}
