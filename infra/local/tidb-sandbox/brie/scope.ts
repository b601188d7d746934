import type { TableName } from '../sql/ast.ts';
import { noDatabaseSelected, unknownTable } from '../sql/errors.ts';
import { assertNever } from '../storage/cell.ts';
import type { SchemaReader } from '../storage/storage.ts';
import type { Tso } from '../storage/tso.ts';
import type { BackupSchema } from './backup-meta.ts';
import type { BrieScope } from './statement.ts';
import { isTemporaryName, nameInCluster } from './temporary-names.ts';

/** Fills in the current database, as TiDB's preprocessor does; throws 1046 without one. */
export function qualifyScope(scope: BrieScope, currentDatabase: string | undefined): BrieScope {
  if (scope.kind !== 'tables') return scope;
  const tables = scope.tables.map(({ database = currentDatabase, name }): TableName => {
    if (database === undefined) throw noDatabaseSelected();
    return { database, name };
  });
  return { kind: 'tables', tables };
}

/** BACKUP TABLE looks up its tables before it starts (1146); databases that do not exist are simply not backed up. */
export function checkTablesExist(scope: BrieScope, schema: SchemaReader, at: Tso): void {
  if (scope.kind !== 'tables') return;
  for (const { database = '', name } of scope.tables) {
    if (schema.findTable(database, name, at) === undefined) throw unknownTable(database, name);
  }
}

/** Names are case-insensitive (filter.CaseInsensitive). */
export function includesDatabase(scope: BrieScope, database: string): boolean {
  switch (scope.kind) {
    case 'everything':
      return true;
    case 'databases':
      return scope.names.some((name) => sameName(name, database));
    case 'tables':
      return scope.tables.some((table) => sameName(table.database ?? '', database));
    default:
      return assertNever(scope);
  }
}

function includesTable(scope: BrieScope, database: string, table: string): boolean {
  if (scope.kind !== 'tables') return includesDatabase(scope, database);
  return scope.tables.some(({ database: owner = '', name }) => sameName(owner, database) && sameName(name, table));
}

/**
 * The databases and tables in the scope at a moment, including TiDB's own; a database without tables in the scope appears by itself.
 * Leftovers of a restore under temporary names are excluded.
 */
export function selectSchemas(scope: BrieScope, schema: SchemaReader, at: Tso) {
  return schema
    .listDatabases(at)
    .filter(({ name }) => includesDatabase(scope, name) && !isTemporaryName(name))
    .map(({ name }) => ({
      database: name,
      tables: schema.listTables(name, at).filter((table) => includesTable(scope, name, table.name)),
    }));
}

/** @param database its name in a backup */
export function isDatabaseIncluded(scope: BrieScope, database: string): boolean {
  return includesDatabase(scope, nameInCluster(database));
}

export function isSchemaIncluded(scope: BrieScope, { database, table }: BackupSchema): boolean {
  if (table === undefined) return isDatabaseIncluded(scope, database);
  return includesTable(scope, nameInCluster(database), table.name);
}

function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
