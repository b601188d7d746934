import type { SqliteStorage } from './storage/sqlite-storage.ts';

/** Everything is made by DDL jobs, with which the history of a cluster begins. Of the tables in `mysql` only some are told of. */
const jobs = [
  { type: 'create schema', database: 'test', table: '', query: 'CREATE DATABASE IF NOT EXISTS test' },
  { type: 'create schema', database: 'mysql', table: '', query: 'CREATE DATABASE IF NOT EXISTS mysql' },
  { type: 'create table', database: 'mysql', table: 'user', query: 'CREATE TABLE IF NOT EXISTS mysql.user (…)' },
  { type: 'create table', database: 'mysql', table: 'tidb', query: 'CREATE TABLE IF NOT EXISTS mysql.tidb (…)' },
] as const;

/** What TiDB makes in a new cluster (pkg/session/bootstrap.go): the empty database `test` is among it. */
export function bootstrap(storage: SqliteStorage): void {
  storage.createDatabase('test');
  for (const { type, database, table, query } of jobs) {
    storage.ddlHistory.record({
      type,
      subjobs: [],
      database,
      databaseId: 1n,
      table,
      tableId: table === '' ? 0n : 3n,
      tables: [],
      query,
      createTs: storage.currentTso(),
    });
  }
}
