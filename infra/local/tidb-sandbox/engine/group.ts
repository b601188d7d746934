import type { Expression, Select } from '../sql/ast.ts';
import { notSupported, SqlError } from '../sql/errors.ts';
import type { Cell } from '../storage/cell.ts';
import { type Aggregate, compileAggregate } from './aggregate.ts';
import { groupKey } from './compare.ts';
import { compile, type Scope } from './compile.ts';
import type { Compiled, Row } from './compiled.ts';
import type { Source } from './table-source.ts';

interface Grouping {
  /** For what is computed once per group: columns of GROUP BY and aggregates. */
  readonly scope: Scope;
  /** One row per group: the cells of its first row, then the aggregates that `scope` has collected. */
  rows(matching: Iterable<Row>, isFiltered: boolean): Iterable<Row>;
}

/** `undefined` for a statement without groups and aggregates. */
export function groupRows(select: Select, plain: Scope, source: Source): Grouping | undefined {
  const aggregates: Aggregate[] = [];
  const isAggregated =
    select.having !== undefined ||
    select.items.some((item) => item.kind === 'expression' && hasAggregate(item.expression));
  if (select.groupBy.length === 0 && !isAggregated) return undefined;

  const groupedBy = select.groupBy.map((expression) => groupColumn(expression, select, plain, source));
  const width = source.columns.length;
  const scope: Scope = {
    ...plain,
    column: (name) => {
      const column = plain.column(name);
      if (!groupedBy.includes(column.at)) throw notGrouped(name.name, select.groupBy.length > 0);
      return column;
    },
    aggregate: ({ name, argument, distinct }): Compiled => {
      const at = width + aggregates.length;
      const aggregate = compileAggregate(name, argument && compile(argument, plain), distinct);
      aggregates.push(aggregate);
      return { type: aggregate.type, evaluate: (row) => row[at] ?? null };
    },
  };
  const keyOf = (row: Row) =>
    groupedBy.map((at) => groupKey(source.columns[at]?.type ?? { kind: 'json' }, row[at] ?? null)).join();
  return {
    scope,
    rows: (matching, isFiltered) => {
      const countsOnly = select.items.every(
        (item) => item.kind === 'expression' && item.expression.kind === 'aggregate' && !item.expression.argument,
      );
      // COUNT(*) of a whole table needs no row.
      if (groupedBy.length === 0 && countsOnly && !isFiltered && !select.having && select.orderBy.length === 0) {
        return [[...nulls(width), ...aggregates.map(() => source.count())]];
      }
      return collect(matching, keyOf, aggregates, width, groupedBy.length === 0);
    },
  };
}

function* collect(
  matching: Iterable<Row>,
  keyOf: (row: Row) => string,
  aggregates: readonly Aggregate[],
  width: number,
  isWhole: boolean,
): Iterable<Row> {
  const start = (first: Row) => ({ first, accumulators: aggregates.map((aggregate) => aggregate.start()) });
  const groups = new Map<string, ReturnType<typeof start>>();
  for (const row of matching) {
    const key = keyOf(row);
    const group = groups.get(key) ?? start(row);
    groups.set(key, group);
    for (const accumulator of group.accumulators) accumulator.add(row);
  }
  // Without GROUP BY there is one group, even without rows.
  if (isWhole && groups.size === 0) groups.set('', start(nulls(width)));
  for (const { first, accumulators } of groups.values()) {
    yield [...first, ...accumulators.map((accumulator) => accumulator.result())];
  }
}

function nulls(count: number): Cell[] {
  return Array.from({ length: count }, () => null);
}

/** The position of a GROUP BY column: a table's column, or one that a select item's alias or position refers to. */
function groupColumn(expression: Expression, select: Select, scope: Scope, source: Source): number {
  const named = expression.kind === 'column' ? expression.column : undefined;
  const isOwn = source.columns.some((column) => column.name.toLowerCase() === named?.name.toLowerCase());
  if (named && isOwn) return scope.column(named).at;
  const place =
    expression.kind === 'literal' && expression.literal.kind === 'integer' ? Number(expression.literal.text) : 0;
  const item = select.items.find(
    (each, at) =>
      each.kind === 'expression' && (at === place - 1 || each.name.toLowerCase() === named?.name.toLowerCase()),
  );
  if (item?.kind === 'expression' && item.expression.kind === 'column') return scope.column(item.expression.column).at;
  if (named) return scope.column(named).at;
  throw notSupported('GROUP BY an expression');
}

function hasAggregate(expression: Expression): boolean {
  switch (expression.kind) {
    case 'aggregate':
      return true;
    case 'not':
    case 'negate':
    case 'isNull':
      return hasAggregate(expression.operand);
    case 'binary':
      return hasAggregate(expression.left) || hasAggregate(expression.right);
    case 'in':
      return [expression.operand, ...expression.list].some(hasAggregate);
    case 'between':
      return [expression.operand, expression.low, expression.high].some(hasAggregate);
    case 'like':
      return hasAggregate(expression.operand);
    case 'call':
      return expression.args.some(hasAggregate);
    default:
      return false;
  }
}

/** ONLY_FULL_GROUP_BY. */
function notGrouped(name: string, hasGroupBy: boolean): SqlError {
  return hasGroupBy
    ? new SqlError(
        1055,
        `Expression of SELECT list is not in GROUP BY clause and contains nonaggregated column '${name}' which is not functionally dependent on columns in GROUP BY clause; this is incompatible with sql_mode=only_full_group_by`,
      )
    : new SqlError(
        1140,
        `In aggregated query without GROUP BY, expression of SELECT list contains nonaggregated column '${name}'; this is incompatible with sql_mode=only_full_group_by`,
      );
}
