import { contentsOf } from '../../domain/backup/backup-meta.ts';
import { decimal64 } from '../../domain/backup/backup-record.ts';
import { isSystemDatabase } from '../../domain/backup/backup-scope.ts';
import { identifier } from '../../domain/shared/identifiers.ts';
import type { StorageLocation } from '../../domain/storage/storage-location.ts';
import type { AccountPrivileges, ClusterMeasure, TidbControl, TimeLimit } from '../../domain/tidb/tidb.ts';
import { NodeFailure } from '../../domain/workflow/node-failure.ts';
import { accessFailure } from './access-error.ts';
import { metadataFailure } from './brie-failure.ts';
import { showBackupMetadataSql } from './brie-sql.ts';
import { QUERY_TIMEOUT_MS, type TidbConnection } from './connection.ts';
import { readDdlSince } from './ddl-history.ts';
import { privilegesOf } from './grants.ts';
import { metadataTimeout, metadataTimeoutMs, NO_LIMIT } from './metadata-time.ts';
import { readRelease, readRestoreLeftovers } from './restore-target.ts';
import {
  type BackupMetadata,
  backupMetadata,
  type ClusterNode,
  clusterNode,
  grant,
  idleProcess,
  schema,
  type TableLengths,
  tableLengths,
  tableOfSchema,
} from './rows.ts';
import { runningStatements } from './running-statements.ts';
import { statementProgress } from './statement-progress.ts';
import { stoppable } from './stoppable.ts';
import type { StorageKeys } from './storage-url.ts';
import { isUnknownStatement, TidbError } from './tidb-error.ts';

export interface ControlOptions {
  /** Opens a connection, on first use and whenever one was lost. */
  open: () => Promise<TidbConnection>;
  /** An open connection to start with. */
  first?: TidbConnection | undefined;
  storageKeys: (location: StorageLocation, use: 'read' | 'write') => Promise<StorageKeys | undefined>;
  limit?: TimeLimit | undefined;
}

interface ReplaceableControl extends TidbControl {
  /** Continues over another connection; if `undefined`, over one that it opens. */
  use(connection: TidbConnection | undefined): void;
}

/** The monitoring side of TiDB: its connection runs only short statements, and is replaced when it is lost. */
export function createControl({ open, first, storageKeys, limit = NO_LIMIT }: ControlOptions): ReplaceableControl {
  let current = first;

  const drop = () => {
    current?.close();
    current = undefined;
  };

  /** @param metadata names a statement that may take minutes */
  async function query(
    sql: string,
    { metadata, secrets = [] }: { metadata?: string; secrets?: readonly string[] } = {},
  ) {
    current ??= await open();
    const connection = current;
    try {
      if (metadata === undefined) return await connection.query(sql, { timeoutMs: QUERY_TIMEOUT_MS, secrets });
      return await stoppable(connection, open).run(() =>
        connection.query(sql, { timeoutMs: metadataTimeoutMs(limit), secrets }),
      );
    } catch (error) {
      if (!(error instanceof TidbError)) throw error;
      if (error.errno !== undefined) throw accessFailure(error) ?? error;
      // Lost, or past the timeout: its next answer would belong to this query.
      drop();
      const late = metadata === undefined ? undefined : metadataTimeout(error, metadata, limit);
      throw (
        late ??
        new NodeFailure('TidbUnreachable', `the connection to TiDB was lost: ${error.message}`, { cause: error })
      );
    }
  }

  async function privileges(): Promise<AccountPrivileges> {
    const rows = await query('SHOW GRANTS');
    return privilegesOf(rows.flatMap((row) => Object.values(grant.parse(row))));
  }

  /** `information_schema` shows a table only to accounts with a static privilege on it, or PROCESS. */
  async function demandProcess(): Promise<void> {
    if ((await privileges()).has('PROCESS')) return;
    throw new NodeFailure(
      'TidbAccessDenied',
      "the cluster's account must have PROCESS (GRANT PROCESS ON *.* TO …): without it, the account may not see all tables",
    );
  }

  return {
    privileges,

    async progress(mark, connectionId) {
      // By column name: LIKE filters the first column, which varies between releases.
      const rows = await query(`SHOW ${mark.kind}S WHERE Destination LIKE '%/${identifier.parse(mark.backupId)}/%'`);
      return statementProgress(rows, mark, connectionId);
    },

    running: (...marks) => runningStatements(query, marks),

    async disconnect(connectionId) {
      const id = decimal64.parse(connectionId);
      const rows = await query(
        `SELECT ID, USER, COMMAND, CURRENT_USER() AS account FROM information_schema.cluster_processlist WHERE ID = ${id} AND ID <> CONNECTION_ID()`,
      );
      // A restarted server may have given the id to another connection.
      const isOurs = rows
        .map((row) => idleProcess.parse(row))
        .some(({ USER, COMMAND, account }) => COMMAND === 'Sleep' && account.startsWith(`${USER}@`));
      if (isOurs) await query(`KILL TIDB CONNECTION ${id}`);
    },

    async kill(connectionId) {
      // TIDB, because a plain KILL is rejected if `compatible-kill-query` is off.
      await query(`KILL TIDB QUERY ${decimal64.parse(connectionId)}`);
    },

    async contentsOfBackup(location) {
      const keys = await storageKeys(location, 'read');
      try {
        const rows = await query(showBackupMetadataSql({ location, keys }), {
          metadata: 'reading the metadata of the backup',
          secrets: keys && Object.values(keys),
        });
        return contentsOf(rows.map((row) => schemaIn(backupMetadata.parse(row))));
      } catch (error) {
        if (!(error instanceof TidbError)) throw error;
        if (isUnknownStatement(error)) return undefined;
        throw metadataFailure(error);
      }
    },

    async userTables() {
      await demandProcess();
      const rows = await query('SELECT TABLE_SCHEMA, TABLE_NAME FROM information_schema.tables', {
        metadata: 'listing the tables of the cluster',
      });
      return rows
        .map((row) => tableOfSchema.parse(row))
        .filter((row) => !isSystemDatabase(row.TABLE_SCHEMA))
        .map((row) => ({ database: row.TABLE_SCHEMA, table: row.TABLE_NAME }));
    },

    async userDatabases() {
      await demandProcess();
      const rows = await query('SELECT SCHEMA_NAME FROM information_schema.schemata', {
        metadata: 'listing the databases of the cluster',
      });
      return rows.map((row) => schema.parse(row).SCHEMA_NAME).filter((name) => !isSystemDatabase(name));
    },

    release: () => readRelease(query),

    async ddlSince(baseTso) {
      try {
        await demandProcess();
        return await readDdlSince(query, baseTso);
      } catch (error) {
        const isRefused = error instanceof NodeFailure ? error.name === 'TidbAccessDenied' : error instanceof TidbError;
        if (!(error instanceof Error) || !isRefused) throw error;
        const message = `the schema changes since the base cannot be read: ${error.message}`;
        throw new NodeFailure('DdlHistoryUnreadable', message, { cause: error });
      }
    },

    async restoreLeftovers() {
      await demandProcess();
      return await readRestoreLeftovers(query);
    },

    async measure() {
      const nodes = await query('SELECT TYPE, VERSION FROM information_schema.cluster_info', {
        metadata: 'asking for the nodes of the cluster',
      });
      const tables = await query(
        'SELECT TABLE_SCHEMA, TABLE_NAME, DATA_LENGTH, INDEX_LENGTH FROM information_schema.tables',
        { metadata: 'measuring the tables of the cluster' },
      );
      return measureOf(
        nodes.map((row) => clusterNode.parse(row)),
        tables.map((row) => tableLengths.parse(row)),
      );
    },

    use(connection) {
      drop();
      current = connection;
    },

    close: drop,
  };
}

/** An empty database is a row without a table. */
function schemaIn({ Database, Table }: BackupMetadata): { database: string; table?: string } {
  return Table === '' ? { database: Database } : { database: Database, table: Table };
}

function measureOf(nodes: readonly ClusterNode[], tables: readonly TableLengths[]): ClusterMeasure {
  const tidb = nodes.find(({ TYPE }) => TYPE === 'tidb');
  const [, major] = /^v?(\d+)\./.exec(tidb?.VERSION ?? '') ?? [];
  return {
    tables: tables
      .filter(({ TABLE_SCHEMA }) => !isSystemDatabase(TABLE_SCHEMA))
      .map(({ TABLE_SCHEMA: database, TABLE_NAME: table, DATA_LENGTH, INDEX_LENGTH }) => ({
        database,
        table,
        bytes: String(BigInt(DATA_LENGTH ?? 0) + BigInt(INDEX_LENGTH ?? 0)),
      })),
    tikvNodes: nodes.filter(({ TYPE }) => TYPE === 'tikv').length,
    tidbMajor: major === undefined ? undefined : Number(major),
  };
}
