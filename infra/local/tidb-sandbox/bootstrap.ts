import { ddlJob } from './storage/ddl-history.ts';
import type { SqliteStorage } from './storage/sqlite-storage.ts';

/** Of the tables in `mysql` only some are told of. */
const ownJobs = [
  { type: 'create schema', table: '', query: 'CREATE DATABASE IF NOT EXISTS mysql' },
  { type: 'create table', table: 'user', query: 'CREATE TABLE IF NOT EXISTS mysql.user (…)' },
  { type: 'create table', table: 'tidb', query: 'CREATE TABLE IF NOT EXISTS mysql.tidb (…)' },
] as const;

/**
 * What TiDB makes in a new cluster (pkg/session/bootstrap.go): the empty database `test` is among it. It is made by DDL, so that the
 * history of every cluster begins with these jobs.
 */
export function bootstrap(storage: SqliteStorage): void {
  const { ddlHistory } = storage;
  ddlHistory.perform(
    () => storage.createDatabase('test'),
    (database) => ddlJob({ type: 'create schema', database, query: 'CREATE DATABASE IF NOT EXISTS test' }),
  );
  for (const { type, table, query } of ownJobs) {
    ddlHistory.perform(
      () => undefined,
      () => ({
        ...ddlJob({ type, database: { id: 1n, name: 'mysql' }, query }),
        table,
        tableId: table === '' ? 0n : 3n,
      }),
    );
  }
}
