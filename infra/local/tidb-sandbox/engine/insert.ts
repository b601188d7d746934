import type { Expression, Insert } from '../sql/ast.ts';
import { notSupported, SqlError } from '../sql/errors.ts';
import { assertNever, type Cell } from '../storage/cell.ts';
import { decodeRow, encodeRow } from '../storage/row-codec.ts';
import type { ColumnDefinition, TableInfo } from '../storage/schema.ts';
import { type Conflict, duplicateEntry, type Transaction } from '../storage/transaction.ts';
import { assign } from '../types/assign.ts';
import type { Scope } from './compile.ts';
import { type Compiled, constant, type Row } from './compiled.ts';
import { executeSelect } from './select.ts';
import type { Session } from './session.ts';
import { columnLookup, noColumns, type Source } from './table-source.ts';
import { checkNulls, clusteredKey, defaultFor, insertRow, nowFor, putRow, rowIdKey, valueFor } from './write-row.ts';

type Statement = Pick<Scope, 'session' | 'parameters'>;

interface InsertResult {
  readonly affectedRows: bigint;
  /** The first generated AUTO_INCREMENT value; 0 for none. */
  readonly insertId: bigint;
  readonly info: string;
}

/** A column with given values, and its position in the row. */
interface Target {
  readonly column: ColumnDefinition;
  readonly at: number;
}

/** INSERT and REPLACE; `source` is what an INSERT … SELECT reads. */
export function executeInsert(
  insert: Insert,
  table: TableInfo,
  source: Source | undefined,
  statement: Statement,
): InsertResult {
  return statement.session.write((transaction) => new Inserter(insert, table, transaction, statement).run(source));
}

class Inserter {
  readonly #insert: Insert;
  readonly #table: TableInfo;
  readonly #transaction: Transaction;
  readonly #statement: Statement;
  readonly #session: Session;
  readonly #targets: readonly Target[];
  #nextId: bigint;
  #firstGenerated = 0n;
  #affected = 0n;
  #records = 0;
  #duplicates = 0;

  constructor(insert: Insert, table: TableInfo, transaction: Transaction, statement: Statement) {
    this.#insert = insert;
    this.#table = table;
    this.#transaction = transaction;
    this.#statement = statement;
    this.#session = statement.session;
    this.#targets = targetsOf(table, insert.columns);
    this.#nextId = this.#session.cluster.storage.nextRowId(table);
  }

  run(source: Source | undefined): InsertResult {
    const scope: Scope = { ...this.#statement, column: noColumns };
    if (this.#insert.source.kind === 'values') {
      for (const expressions of this.#insert.source.rows) this.#insertValues(expressions, scope);
    } else this.#insertSelected(source);
    this.#session.cluster.storage.raiseNextRowId(this.#table, this.#nextId);
    const isPlain = this.#records === 1 && this.#insert.source.kind === 'values';
    const info = `Records: ${this.#records}  Duplicates: ${this.#duplicates}  Warnings: ${this.#session.warnings.length}`;
    return { affectedRows: this.#affected, insertId: this.#firstGenerated, info: isPlain ? '' : info };
  }

  #insertValues(expressions: readonly Expression[], scope: Scope): void {
    const number = this.#records + 1;
    // `VALUES ()` gives every column its default.
    const targets = expressions.length === 0 && this.#insert.columns === undefined ? [] : this.#targets;
    if (expressions.length !== targets.length) throw wrongCount(number);
    const row = this.#emptyRow();
    targets.forEach(({ column, at }, position) => {
      const expression = expressions[position];
      if (expression) row[at] = valueFor(column, expression, scope, [], number);
    });
    this.#insertRow(row, new Set(targets.map(({ at }) => at)), number);
  }

  #insertSelected(source: Source | undefined): void {
    if (this.#insert.source.kind !== 'select') return;
    const { columns, rows } = executeSelect(this.#insert.source, source, this.#statement);
    if (columns.length !== this.#targets.length) throw wrongCount(1);
    const given = new Set(this.#targets.map(({ at }) => at));
    const { utcOffsetMinutes } = this.#session;
    // Read it to the end first: the statement may insert into the table that it reads.
    for (const selected of [...rows]) {
      const number = this.#records + 1;
      const row = this.#emptyRow();
      this.#targets.forEach(({ column, at }, position) => {
        const type = columns[position]?.type ?? column.type;
        row[at] = assign({ cell: selected[position] ?? null, type }, { column, row: number, utcOffsetMinutes });
      });
      this.#insertRow(row, given, number);
    }
  }

  #emptyRow(): Cell[] {
    return this.#table.definition.columns.map(() => null);
  }

  #insertRow(row: Cell[], given: ReadonlySet<number>, number: number): void {
    this.#records = number;
    this.#table.definition.columns.forEach((column, at) => {
      if (column.autoIncrement) row[at] = this.#autoIncrement(row[at] ?? null);
      else if (!given.has(at)) row[at] = defaultFor(column, this.#session, number);
    });
    checkNulls(this.#table, row);
    const key = clusteredKey(this.#table, row) ?? rowIdKey(this.#takeId());
    const conflict = this.#transaction.conflict(this.#table, key, row);
    if (!conflict) {
      insertRow(this.#transaction, this.#table, key, row);
      this.#affected += 1n;
      return;
    }
    this.#duplicates += 1;
    if (this.#insert.onDuplicate.length > 0) this.#updateExisting(conflict.key, row, number);
    else this.#resolve(conflict, key, row);
  }

  #resolve(conflict: Conflict, key: Uint8Array, row: Row): void {
    const error = duplicateEntry(this.#table, conflict.index, row);
    switch (this.#insert.mode) {
      case 'insert':
        throw error;
      case 'ignore':
        this.#session.addWarning(error.errno, error.message);
        break;
      case 'replace':
        this.#replace(key, row);
        break;
      default:
        assertNever(this.#insert.mode);
    }
  }

  /** REPLACE deletes every conflicting row; each counts as affected. */
  #replace(key: Uint8Array, row: Row): void {
    for (;;) {
      const conflict = this.#transaction.conflict(this.#table, key, row);
      if (!conflict) break;
      this.#transaction.delete(this.#table, conflict.key);
      this.#affected += 1n;
    }
    insertRow(this.#transaction, this.#table, key, row);
    this.#affected += 1n;
  }

  /** ON DUPLICATE KEY UPDATE: 2 for a changed row, 0 for an unchanged one (MySQL). */
  #updateExisting(key: Uint8Array, inserted: Row, number: number): void {
    const { columns } = this.#table.definition;
    const stored = this.#transaction.get(this.#table, key);
    if (!stored) throw new Error('the conflicting row is gone');
    const before = decodeRow(columns, stored);
    const lookup = columnLookup(columns, this.#table.name);
    const scope: Scope = {
      ...this.#statement,
      column: lookup,
      inserted: (name): Compiled => {
        const { at, type } = lookup({ name });
        return constant(type, inserted[at] ?? null);
      },
    };
    const after = [...before];
    for (const { column: name, value } of this.#insert.onDuplicate) {
      const { at } = lookup({ name });
      const column = columns[at];
      if (column) after[at] = valueFor(column, value, scope, before, number);
    }
    if (encodeRow(columns, after).equals(encodeRow(columns, before))) return;
    columns.forEach((column, at) => {
      const isGiven = this.#insert.onDuplicate.some(
        ({ column: name }) => name.toLowerCase() === column.name.toLowerCase(),
      );
      if (column.onUpdateNow && !isGiven) after[at] = nowFor(column, this.#session, number);
    });
    checkNulls(this.#table, after);
    const newKey = clusteredKey(this.#table, after) ?? key;
    if (Buffer.compare(newKey, key) !== 0) throw notSupported('changing the primary key in ON DUPLICATE KEY UPDATE');
    putRow(this.#transaction, this.#table, key, after);
    this.#affected += 2n;
  }

  /** NULL and 0 request a generated value; an explicit one moves the counter beyond itself. */
  #autoIncrement(given: Cell): Cell {
    if (given === null || given === 0n) {
      const generated = this.#takeId();
      if (this.#firstGenerated === 0n) this.#firstGenerated = generated;
      return generated;
    }
    if (typeof given === 'bigint' && given >= this.#nextId) this.#nextId = given + 1n;
    return given;
  }

  #takeId(): bigint {
    const id = this.#nextId;
    this.#nextId += 1n;
    return id;
  }
}

function targetsOf(table: TableInfo, names: readonly string[] | undefined): Target[] {
  const { columns } = table.definition;
  if (!names) return columns.map((column, at) => ({ column, at }));
  const seen = new Set<number>();
  return names.map((name) => {
    const at = columns.findIndex((column) => column.name.toLowerCase() === name.toLowerCase());
    const column = columns[at];
    if (!column) throw new SqlError(1054, `Unknown column '${name}' in 'field list'`);
    if (seen.has(at)) throw new SqlError(1110, `Column '${name}' specified twice`);
    seen.add(at);
    return { column, at };
  });
}

function wrongCount(row: number): SqlError {
  return new SqlError(1136, `Column count doesn't match value count at row ${row}`);
}
