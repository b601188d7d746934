import type { ColumnType, StoredCell } from '../storage/schema.ts';

export interface ResultColumn {
  readonly name: string;
  readonly type: ColumnType;
}

/** What a statement answers; a cell is in its stored form: integers and times as text, so that 64 bits stay exact. */
export interface ResultSet {
  readonly columns: readonly ResultColumn[];
  readonly rows: readonly (readonly StoredCell[])[];
}
