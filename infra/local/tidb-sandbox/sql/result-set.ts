import type { Cell } from '../storage/cell.ts';
import type { ColumnType, StoredCell } from '../storage/schema.ts';

export interface ResultColumn {
  readonly name: string;
  readonly type: ColumnType;
  /** The table column behind the result's column, if any. */
  readonly origin?: ColumnOrigin;
}

export interface ColumnOrigin {
  readonly database: string;
  readonly table: string;
  readonly alias: string;
  readonly column: string;
  readonly nullable: boolean;
  readonly autoIncrement: boolean;
  readonly key: ColumnKey;
}

/** As DESCRIBE prints it: in the primary key, a unique index, another index, or none. */
export type ColumnKey = 'PRI' | 'UNI' | 'MUL' | '';

/** A statement's result; cells are in stored form: integers and times as text, so that 64 bits stay exact. */
export interface ResultSet {
  readonly columns: readonly ResultColumn[];
  readonly rows: readonly (readonly StoredCell[])[];
}

/** Rows that are produced as they are read: a result need not fit in memory. Every `ResultSet` is one. */
export interface RowSource {
  readonly columns: readonly ResultColumn[];
  readonly rows: Iterable<readonly Cell[]>;
}
