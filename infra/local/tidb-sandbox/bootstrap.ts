import { createTableText } from './engine/create-table-text.ts';
import { ddlJob } from './storage/ddl-history.ts';
import type { TableDefinition } from './storage/schema.ts';
import type { SqliteStorage } from './storage/sqlite-storage.ts';
import { systemSchemas } from './storage/system-schema.ts';
import type { TidbVersion } from './tidb-version.ts';

/**
 * What TiDB creates in a new cluster, and what a newer release adds to an old one (pkg/session/bootstrap.go). It uses DDL for all of it,
 * with which every cluster's history begins.
 */
export function bootstrap(storage: SqliteStorage, version: TidbVersion): void {
  const isNew = storage.ddlHistory.newestFirst(1).length === 0;
  if (isNew) makeDatabase('test', storage);
  for (const [database, tables] of Object.entries(systemSchemas(version))) {
    makeDatabase(database, storage);
    for (const [name, definition] of Object.entries(tables)) makeTable(database, name, definition, storage, version);
  }
}

function makeDatabase(name: string, storage: SqliteStorage): void {
  if (storage.findDatabase(name, storage.currentTso()) !== undefined) return;
  storage.ddlHistory.perform(
    () => storage.createDatabase(name),
    (database) => ddlJob({ type: 'create schema', database, query: `CREATE DATABASE IF NOT EXISTS ${name}` }),
  );
}

function makeTable(
  database: string,
  name: string,
  definition: TableDefinition,
  storage: SqliteStorage,
  version: TidbVersion,
): void {
  const now = storage.currentTso();
  const owner = storage.findDatabase(database, now);
  if (owner === undefined || storage.findTable(database, name, now) !== undefined) return;
  storage.ddlHistory.perform(
    () => storage.createTable(database, name, definition),
    (table) => {
      const type = definition.view ? 'create view' : 'create table';
      return ddlJob({ type, database: owner, tables: [table], query: createTableText(table, 1n, version) });
    },
  );
}
