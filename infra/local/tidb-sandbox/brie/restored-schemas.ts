import { unknownDatabase } from '../sql/errors.ts';
import { ddlJob } from '../storage/ddl-history.ts';
import type { TableDefinition } from '../storage/schema.ts';
import type { ClusterStorage } from '../storage/storage.ts';

/** BR marks its statements in the DDL history with this (pkg/executor/brie_utils.go). */
const BR_COMMENT = '/*from(br)*/';

/**
 * How RESTORE changes a table: TTL is off, and TiFlash replicas that the cluster's stores cannot hold are removed
 * (br/pkg/restore/internal/prealloc_db, PreCheckTableTiFlashReplica in br/pkg/task/restore.go).
 */
export function changedByRestore(definition: TableDefinition, tiflashStores: number): TableDefinition {
  const { ttl, tiflashReplicas = 0, ...rest } = definition;
  return {
    ...rest,
    ...(ttl && { ttl: { ...ttl, enabled: false } }),
    ...(tiflashReplicas > 0 && tiflashReplicas <= tiflashStores && { tiflashReplicas }),
  };
}

/** An existing database stays unchanged. */
export function makeDatabase(name: string, storage: ClusterStorage): void {
  if (storage.findDatabase(name, storage.currentTso()) !== undefined) return;
  storage.ddlHistory.perform(
    () => storage.createDatabase(name),
    (database) => ddlJob({ type: 'create schema', database, query: `${BR_COMMENT}CREATE DATABASE \`${name}\`` }),
  );
}

/** One of BR's own, which may be gone already. */
export function dropDatabase(name: string, storage: ClusterStorage): void {
  const database = storage.findDatabase(name, storage.currentTso());
  if (database === undefined) return;
  storage.ddlHistory.perform(
    () => storage.dropDatabase(name),
    () => ddlJob({ type: 'drop schema', database, query: `DROP DATABASE IF EXISTS \`${name}\`` }),
  );
}

/** Creates tables in one DDL job; existing ones stay unchanged. */
export function makeTables(
  type: 'create table' | 'create tables',
  database: string,
  tables: readonly { readonly name: string; readonly definition: TableDefinition }[],
  storage: ClusterStorage,
): void {
  const now = storage.currentTso();
  const owner = storage.findDatabase(database, now);
  if (!owner) throw unknownDatabase(database);
  const missing = tables.filter(({ name }) => storage.findTable(database, name, now) === undefined);
  if (missing.length === 0) return;
  storage.ddlHistory.perform(
    () => missing.map(({ name, definition }) => storage.createTable(database, name, definition)),
    (made) => {
      const query = made.map(({ name }) => `${BR_COMMENT}CREATE TABLE \`${name}\` (…);`).join('');
      return ddlJob({ type, database: owner, tables: made, query });
    },
  );
}
