import type { Cell } from '../storage/cell.ts';
import type { ColumnType, TableDefinition, TableInfo } from '../storage/schema.ts';
import type { Session } from './session.ts';
import type { SourceColumn } from './table-source.ts';

/** One of the tables that the server computes. */
export interface SystemTable {
  readonly columns: readonly SourceColumn[];
  readonly rows: (session: Session) => Cell[][];
}

export const TEXT: ColumnType = { kind: 'varchar', length: 64 };
export const LONG_TEXT: ColumnType = { kind: 'text', size: 'long' };
export const DATETIME: ColumnType = { kind: 'datetime', fsp: 0 };

export function columns(types: Readonly<Record<string, ColumnType>>): SourceColumn[] {
  return Object.entries(types).map(([name, type]) => ({ name, type }));
}

/** The user tables that the account may see. */
export function visibleTables(session: Session) {
  const at = session.schemaTs();
  return session.cluster.storage
    .listDatabases(at)
    .flatMap(({ name }) => session.cluster.storage.listTables(name, at))
    .filter(({ database, name }) => session.account.seesTable(database, name));
}

/** TABLE_TYPE has no value of its own for a global temporary table. */
export function tableType({ definition }: TableInfo): string {
  if (definition.view) return 'VIEW';
  return definition.sequence ? 'SEQUENCE' : 'BASE TABLE';
}

export function createOptions({ view, cached, partitioning }: TableDefinition): string | null {
  if (view) return null;
  if (cached) return 'cached=on';
  return partitioning ? 'partitioned' : '';
}
