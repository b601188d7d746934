import type { RowDataPacket } from 'mysql2/promise';
import type { TidbRelease } from '../../domain/backup/backup-record.ts';
import { isTemporaryDatabase } from '../../domain/backup/backup-scope.ts';
import type { RestoreLeftovers } from '../../domain/tidb/restore-target.ts';
import { formatTidbVersion, parseTidbVersion } from '../../domain/tidb/tidb-version.ts';
import { NodeFailure } from '../../domain/workflow/node-failure.ts';
import { log } from '../../log.ts';
import { registeredRestore, schema, serverRelease } from './rows.ts';
import { TidbError } from './tidb-error.ts';

type Query = (sql: string, options?: { metadata?: string }) => Promise<RowDataPacket[]>;

/**
 * Every account may read both. Without new collations, TiDB has only binary ones. If a server refuses, the values are
 * unknown.
 */
export async function readRelease(query: Query): Promise<TidbRelease> {
  const rows = await query(
    "SELECT TIDB_VERSION() AS build, COUNT(*) AS ciCollations FROM information_schema.collations WHERE COLLATION_NAME = 'utf8mb4_general_ci'",
  ).catch(unlessRefused);
  if (rows === undefined) return {};
  const { build, ciCollations } = serverRelease.parse(rows[0]);
  const version = parseTidbVersion(build);
  return {
    ...(version && { tidbVersion: formatTidbVersion(version) }),
    newCollationEnabled: ciCollations !== '0',
  };
}

/** The account needs PROCESS, which shows all databases. */
export async function readRestoreLeftovers(query: Query): Promise<RestoreLeftovers> {
  const schemas = await query('SELECT SCHEMA_NAME FROM information_schema.schemata', {
    metadata: 'listing the databases of the cluster',
  });
  return {
    databases: schemas.map((row) => schema.parse(row).SCHEMA_NAME).filter(isTemporaryDatabase),
    registered: await registeredRestores(query),
  };
}

const NO_SUCH_TABLE = 1146;

/** BR removes the row of a finished restore. Before TiDB 8.5.5 the table does not exist. */
async function registeredRestores(query: Query): Promise<string[] | undefined> {
  try {
    const rows = await query('SELECT id FROM mysql.tidb_restore_registry');
    return rows.map((row) => registeredRestore.parse(row).id);
  } catch (error) {
    if (error instanceof TidbError && error.errno === NO_SUCH_TABLE) return [];
    return unlessRefused(error);
  }
}

/** What TiDB answers with an error is unknown; what it does not answer is retried. */
function unlessRefused(error: unknown): undefined {
  const isRefused = error instanceof TidbError || (error instanceof NodeFailure && error.name === 'TidbAccessDenied');
  if (!isRefused) throw error;
  log.warn({ message: 'TiDB refused to answer a question about itself', error });
}
