import type { ColumnName, Expression } from '../sql/ast.ts';
import { SqlError } from '../sql/errors.ts';
import type { ColumnKey, ColumnOrigin } from '../sql/result-set.ts';
import { type Cell, familyOf } from '../storage/cell.ts';
import { columnPositions, encodeKey } from '../storage/key-codec.ts';
import { decodeRow } from '../storage/row-codec.ts';
import type { ColumnDefinition, ColumnType, TableDefinition, TableInfo } from '../storage/schema.ts';
import type { RowEntry } from '../storage/storage.ts';
import type { Transaction } from '../storage/transaction.ts';
import { assign } from '../types/assign.ts';
import { compile, type Scope } from './compile.ts';
import type { Row } from './compiled.ts';

export interface SourceColumn {
  readonly name: string;
  readonly type: ColumnType;
  readonly origin?: ColumnOrigin;
}

/** Rows to select from: a user table's, or computed by the server. */
export interface Source {
  readonly columns: readonly SourceColumn[];
  /** Positions of the columns by which the rows are ordered; empty for no order. */
  readonly orderedBy: readonly number[];
  /** Without a `where`, skips the first `skip` rows; with one, may skip rows that cannot match. */
  rows(choice: { readonly skip: number; readonly where?: Expression | undefined }): Iterable<Row>;
  count(): bigint;
}

/** A source's columns by name, for `compile`. `label` is the table's name or alias. */
export function columnLookup(columns: readonly SourceColumn[], label: string, clause = 'field list') {
  const positions = new Map(columns.map((column, at) => [column.name.toLowerCase(), at]));
  return (name: ColumnName): { at: number; type: ColumnType } => {
    const at = positions.get(name.name.toLowerCase());
    const column = columns[at ?? -1];
    const isOther = name.table !== undefined && name.table.toLowerCase() !== label.toLowerCase();
    if (at === undefined || !column || isOther) {
      const written = [name.database, name.table, name.name].filter((part) => part !== undefined).join('.');
      throw new SqlError(1054, `Unknown column '${written}' in '${clause}'`);
    }
    return { at, type: column.type };
  };
}

/** No columns: every column is unknown. */
export const noColumns = columnLookup([], '');

export class TableSource implements Source {
  readonly columns: readonly SourceColumn[];
  readonly orderedBy: readonly number[];
  readonly #table: TableInfo;
  readonly #transaction: Transaction;
  readonly #scope: Scope;

  /** `scope` supplies the session and the condition's parameters. */
  constructor(table: TableInfo, transaction: Transaction, alias: string, scope: Scope) {
    this.#table = table;
    this.#transaction = transaction;
    this.#scope = scope;
    this.columns = table.definition.columns.map((column) => ({
      name: column.name,
      type: column.type,
      origin: originOf(table, column, alias),
    }));
    this.orderedBy = keyOrder(table.definition);
  }

  *rows({ skip, where }: { skip: number; where?: Expression | undefined }): Iterable<Row> {
    let left = skip;
    for (const batch of this.#entries(where)) {
      if (left >= batch.length) {
        left -= batch.length;
        continue;
      }
      for (const { value } of batch.slice(left)) yield decodeRow(this.#table.definition.columns, value);
      left = 0;
    }
  }

  /** The matching rows with their keys. */
  *keyedRows(where: Expression | undefined): Iterable<{ readonly key: Uint8Array; readonly row: Row }> {
    for (const batch of this.#entries(where)) {
      for (const { key, value } of batch) yield { key, row: decodeRow(this.#table.definition.columns, value) };
    }
  }

  count(): bigint {
    return this.#transaction.count(this.#table);
  }

  #entries(where: Expression | undefined): Iterable<readonly RowEntry[]> {
    const key = where && pointKey(this.#table.definition, where, this.#scope);
    if (!key) return this.#transaction.scan(this.#table);
    const value = this.#transaction.get(this.#table, key);
    return value ? [[{ key, value }]] : [];
  }
}

/** Key order is the columns' order, except for enums, whose key is their text. */
function keyOrder(definition: TableDefinition): number[] {
  const key = definition.clustered ? primaryKeyColumns(definition) : [];
  const end = key.findIndex(({ column }) => column.type.kind === 'enum');
  return key.slice(0, end < 0 ? undefined : end).map(({ at }) => at);
}

function primaryKeyColumns(definition: TableDefinition): { column: ColumnDefinition; at: number }[] {
  const primary = definition.indexes.find((index) => index.name === 'PRIMARY');
  const positions = primary ? columnPositions(definition, primary) : [];
  return positions.flatMap((at) => {
    const column = definition.columns[at];
    return column ? [{ column, at }] : [];
  });
}

/** The key of the only row that can match, if the condition compares every key column with a literal by `=`. */
function pointKey(definition: TableDefinition, where: Expression, scope: Scope): Uint8Array | undefined {
  const key = definition.clustered ? primaryKeyColumns(definition) : [];
  if (key.length === 0) return undefined;
  const literals = equalities(where);
  const cells: Cell[] = [];
  for (const { column } of key) {
    const literal = literals.get(column.name.toLowerCase());
    const cell = literal && keyCell(column, literal, scope);
    if (cell === undefined || cell === null) return undefined;
    cells.push(cell);
  }
  return encodeKey(
    key.map(({ column }) => column),
    cells,
  );
}

/** The literal as the column would store it; `undefined` if it cannot be stored or the comparison is not that simple. */
function keyCell(column: ColumnDefinition, literal: Expression, scope: Scope): Cell | undefined {
  const { type, constant } = compile(literal, scope);
  const [from, to] = [familyOf(type), familyOf(column.type)];
  if (constant === undefined || constant === null) return undefined;
  if (from !== to && !(from === 'text' && to !== 'bytes')) return undefined;
  try {
    return assign({ cell: constant, type }, { column, row: 1, utcOffsetMinutes: scope.session.utcOffsetMinutes });
  } catch (error) {
    // If it cannot be stored, it is compared with every row.
    if (error instanceof SqlError) return undefined;
    throw error;
  }
}

/** `column = literal` among the parts of a conjunction, by column. */
function equalities(where: Expression): Map<string, Expression> {
  if (where.kind !== 'binary') return new Map();
  const { operator, left, right } = where;
  if (operator === 'AND') return new Map([...equalities(left), ...equalities(right)]);
  const isLiteral = right.kind === 'literal' || right.kind === 'parameter';
  if (operator !== '=' || left.kind !== 'column' || !isLiteral) return new Map();
  return new Map([[left.column.name.toLowerCase(), right]]);
}

function originOf(table: TableInfo, column: ColumnDefinition, alias: string): ColumnOrigin {
  return {
    database: table.database,
    table: table.name,
    alias,
    column: column.name,
    nullable: column.nullable,
    autoIncrement: column.autoIncrement,
    key: columnKey(table.definition, column),
  };
}

/** The Key column of DESCRIBE. */
export function columnKey({ indexes }: TableDefinition, { id }: ColumnDefinition): ColumnKey {
  if (indexes.some((index) => index.name === 'PRIMARY' && index.columnIds.includes(id))) return 'PRI';
  if (indexes.some((index) => index.unique && index.columnIds.length === 1 && index.columnIds[0] === id)) return 'UNI';
  return indexes.some((index) => index.columnIds[0] === id) ? 'MUL' : '';
}

/** Rows that already exist. */
export class ListSource implements Source {
  readonly columns: readonly SourceColumn[];
  readonly orderedBy: readonly number[] = [];
  readonly #rows: readonly Row[];

  constructor(columns: readonly SourceColumn[], rows: readonly Row[]) {
    this.columns = columns;
    this.#rows = rows;
    if (rows.some((row) => row.length !== columns.length)) throw new Error('a row is not as wide as its columns');
  }

  rows({ skip }: { skip: number }): Iterable<Row> {
    return this.#rows.slice(skip);
  }

  count(): bigint {
    return BigInt(this.#rows.length);
  }
}
