import type { RowDataPacket } from 'mysql2/promise';
import { isTruthy } from '../../domain/backup/assertion.ts';
import { decimal64 } from '../../domain/backup/backup-record.ts';
import { foldedTable, isSystemDatabase, type TableName } from '../../domain/backup/backup-scope.ts';
import {
  type RecordedTable,
  shownTable,
  type TableContents,
  type TableNotes,
} from '../../domain/backup/table-notes.ts';
import { hashOf, tableDefinition } from '../../domain/tidb/table-definition.ts';
import type { ListedTable, TableReader, TimeLimit } from '../../domain/tidb/tidb.ts';
import { NodeFailure } from '../../domain/workflow/node-failure.ts';
import type { TidbConnection } from './connection.ts';
import { metadataTimeout, metadataTimeoutMs, NO_LIMIT } from './metadata-time.ts';
import { contentSql, quotedTable } from './row-checksum.ts';
import {
  type ColumnOfTable,
  columnOfTable,
  contentOfTable,
  createText,
  schema,
  tableChecksum,
  tableEntry,
  tiflashReplica,
  viewEntry,
} from './rows.ts';
import { withoutLimits } from './session-limits.ts';
import type { Stoppable } from './stoppable.ts';
import { isTimeout, TidbError } from './tidb-error.ts';

interface ReaderOptions {
  connection: TidbConnection;
  /** For the same connection. */
  stoppable: Stoppable;
  /** The caller keeps GC from passing it. */
  tso: string;
  /** For listing the tables. */
  limit?: TimeLimit | undefined;
}

/**
 * Makes a connection read a single snapshot: with `tidb_snapshot`, TiDB rejects every statement that writes. Times are
 * shown and SQL is parsed the same everywhere, and rows come from TiKV, because TiFlash formats numbers differently.
 * @throws NodeFailure TidbUnreachable; its methods also TidbAccessDenied, TablesUnreadable, and OutOfTime on a timeout
 */
export async function readerAt({ connection, stoppable, tso, limit = NO_LIMIT }: ReaderOptions): Promise<TableReader> {
  let mayChecksum = true;
  await ask("SET time_zone = '+00:00', sql_mode = 'STRICT_TRANS_TABLES', tidb_isolation_read_engines = 'tikv,tidb'");
  await withoutLimits((sql) => connection.query(sql, { timeoutMs: metadataTimeoutMs(limit) })).catch(refuse);
  // TiDB loads the schema of that moment.
  await ask(`SET tidb_snapshot = '${decimal64.parse(tso)}'`);

  return {
    async list() {
      const databases = await list('SELECT SCHEMA_NAME FROM information_schema.schemata');
      const rows = await list(
        'SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, TIDB_TABLE_ID FROM information_schema.tables',
      );
      const replicas = await replicaCounts();
      const tables = rows
        .map((row) => tableEntry.parse(row))
        .filter((row) => !isSystemDatabase(row.TABLE_SCHEMA))
        .map((row) => ({ database: row.TABLE_SCHEMA, table: row.TABLE_NAME, entry: row }))
        .map(({ entry, ...name }): ListedTable => {
          const tiflashReplicas = replicas.get(foldedTable(name));
          return {
            ...name,
            tableId: entry.TIDB_TABLE_ID,
            kind: kindOf(entry.TABLE_TYPE),
            ...(tiflashReplicas !== undefined && { tiflashReplicas }),
          };
        });
      const names = databases.map((row) => schema.parse(row).SCHEMA_NAME);
      return { databases: names.filter((name) => !isSystemDatabase(name)), tables };
    },

    async read(table, { version, timeoutMs }) {
      const giveUpAt = performance.now() + timeoutMs;
      const left = () => Math.max(1, giveUpAt - performance.now());
      const { database, table: name, tableId, kind, tiflashReplicas } = table;
      if (kind === 'view')
        return { database, table: name, tableId, kind, definition: await viewDefinition(table, left) };
      const [created] = await ask(`SHOW CREATE TABLE ${quotedTable(table)}`, left(), table);
      const { hash: definition, isTemporary, settings } = tableDefinition(textOf(created));
      const known = { database, table: name, tableId, definition };
      if (kind === 'sequence') return { ...known, kind };
      const noted: RecordedTable = {
        ...known,
        settings: { ...settings, ...(tiflashReplicas !== undefined && { tiflashReplicas }) },
      };
      if (isTemporary) return { ...noted, kind: 'temporary table' };
      return { ...noted, ...(await contents(table, version, left)), ...(await keyValues(table, left())) };
    },

    async assert(sql, timeoutMs) {
      try {
        const rows = await stoppable.run((stop) => connection.firstRows(sql, 2, { timeoutMs, beforeDropping: stop }));
        if (rows.length === 1) return { passed: isTruthy(rows[0]?.[0]) };
        return { passed: false, error: `it answered ${rows.length === 0 ? 'no row' : 'more than one row'}` };
      } catch (error) {
        if (!(error instanceof TidbError)) throw error;
        // A lost connection, or an unreachable TiKV, says nothing about the assertion.
        if (!isTimeout(error) && (error.errno === undefined || isOfStores(error.errno))) {
          throw new NodeFailure('TidbUnreachable', `an assertion was not answered: ${refusalOf(error)}`, {
            cause: error,
          });
        }
        return { passed: false, error: refusalOf(error) };
      }
    },

    close: () => stoppable.close(),
  };

  async function columnsOf(table: TableName, timeoutMs: number): Promise<ColumnOfTable[]> {
    const rows = await askLong(
      `SELECT COLUMN_NAME, DATA_TYPE, EXTRA FROM information_schema.columns WHERE ${named(table)} ORDER BY ORDINAL_POSITION`,
      timeoutMs,
      table,
    );
    // PROCESS shows that a table exists, but nothing about it.
    if (rows.length === 0) throw denied(table);
    return rows.map((row) => columnOfTable.parse(row));
  }

  /** SHOW CREATE VIEW would need SHOW VIEW, which nothing else does. */
  async function viewDefinition(table: TableName, left: () => number): Promise<string> {
    const columns = await columnsOf(table, left());
    const [row] = await askLong(
      `SELECT VIEW_DEFINITION, CHECK_OPTION, DEFINER, SECURITY_TYPE FROM information_schema.views WHERE ${named(table)}`,
      left(),
      table,
    );
    if (row === undefined) throw denied(table);
    const { VIEW_DEFINITION, CHECK_OPTION, DEFINER, SECURITY_TYPE } = viewEntry.parse(row);
    const names = columns.map(({ COLUMN_NAME }) => COLUMN_NAME);
    return hashOf(VIEW_DEFINITION, CHECK_OPTION, DEFINER, SECURITY_TYPE, ...names);
  }

  async function contents(
    table: TableName,
    version: TableNotes['version'],
    left: () => number,
  ): Promise<Pick<TableContents, 'rows' | 'content'>> {
    const columns = await columnsOf(table, left());
    const [row] = await askLong(contentSql(table, columns, version), left(), table);
    const { row_count: rows, content_sum } = contentOfTable.parse(row);
    return { rows, content: content_sum ?? '0' };
  }

  async function keyValues(table: TableName, timeoutMs: number): Promise<Pick<TableContents, 'kvs' | 'bytes' | 'crc'>> {
    if (!mayChecksum) return {};
    try {
      const [row] = await stoppable.run(() =>
        connection.query(`ADMIN CHECKSUM TABLE ${quotedTable(table)}`, { timeoutMs }),
      );
      const { Checksum_crc64_xor: crc, Total_kvs: kvs, Total_bytes: bytes } = tableChecksum.parse(row);
      return { kvs, bytes, crc };
    } catch (error) {
      if (error instanceof TidbError && error.errno === NEEDS_SUPER) {
        mayChecksum = false;
        return {};
      }
      if (error instanceof TidbError && error.errno === NO_CHECKSUM) return {};
      return refuse(error, table);
    }
  }

  /** Not needed to compare rows, so a refusal of TiDB is ignored. */
  async function replicaCounts(): Promise<Map<string, number>> {
    const rows = await list(
      'SELECT TABLE_SCHEMA, TABLE_NAME, REPLICA_COUNT FROM information_schema.tiflash_replica',
    ).catch((error: unknown) => {
      if (error instanceof NodeFailure && error.name === 'TablesUnreadable') return [];
      throw error;
    });
    return new Map(
      rows
        .map((row) => tiflashReplica.parse(row))
        .map((row) => [foldedTable({ database: row.TABLE_SCHEMA, table: row.TABLE_NAME }), Number(row.REPLICA_COUNT)]),
    );
  }

  function list(sql: string): Promise<RowDataPacket[]> {
    return askLong(sql, metadataTimeoutMs(limit));
  }

  async function askLong(sql: string, timeoutMs: number, table?: TableName): Promise<RowDataPacket[]> {
    return await stoppable
      .run(() => connection.query(sql, { timeoutMs }))
      .catch((error: unknown) => refuse(error, table));
  }

  async function ask(sql: string, timeoutMs = metadataTimeoutMs(limit), table?: TableName): Promise<RowDataPacket[]> {
    return await connection.query(sql, { timeoutMs }).catch((error: unknown) => refuse(error, table));
  }

  function refuse(error: unknown, table?: TableName): never {
    if (!(error instanceof TidbError)) throw error;
    if (table !== undefined && isTimeout(error)) {
      throw new NodeFailure('OutOfTime', `there was no time left for ${shownTable(table)}`);
    }
    const late = metadataTimeout(error, 'listing the tables', limit);
    if (late !== undefined) throw late;
    if (table !== undefined && isPrivilege(error)) throw denied(table, error);
    const what = table === undefined ? 'the tables' : shownTable(table);
    const message = `${what} cannot be read: ${refusalOf(error)}`;
    throw new NodeFailure(error.errno === undefined ? 'TidbUnreachable' : 'TablesUnreadable', message, {
      cause: error,
    });
  }
}

function denied(table: TableName, cause?: TidbError): NodeFailure {
  const message = `${shownTable(table)} cannot be read: the account must have SELECT`;
  return new NodeFailure('TidbAccessDenied', message, { cause });
}

function kindOf(tableType: string): ListedTable['kind'] {
  if (tableType === 'VIEW') return 'view';
  return tableType === 'SEQUENCE' ? 'sequence' : 'table';
}

/** ADMIN CHECKSUM TABLE without SUPER, or on a temporary table. */
const NEEDS_SUPER = 8121;
const NO_CHECKSUM = 8006;

/** TiDB's errors about unreadable values contain the values: only the error's number and its meaning are shown. */
const MEANINGS: Readonly<Record<number, string>> = {
  1054: 'unknown column',
  1064: 'not SQL that it knows',
  1142: 'the account must have SELECT',
  1146: 'no such table',
  1242: 'a subquery answered more than one row',
  1267: 'collations that cannot be mixed',
  1270: 'collations that cannot be mixed',
  1271: 'collations that cannot be mixed',
  8055: 'garbage collection has passed the moment',
  9006: 'garbage collection has passed the moment',
};

function isPrivilege({ errno }: TidbError): boolean {
  return errno === 1044 || errno === 1142 || errno === 1143 || errno === 1227;
}

/** TiDB has no separate number for this one (ValidateSnapshotReadTS). */
const FUTURE = /cannot set read timestamp to a future time/;

/** TiDB's errors about PD and TiKV: timeouts, a busy server, a missing region. */
function isOfStores(errno: number): boolean {
  return errno >= 9_001 && errno <= 9_013;
}

function refusalOf(error: TidbError): string {
  const { errno, code } = error;
  if (errno === undefined) return isTimeout(error) ? 'it took too long' : `the connection was lost (${code})`;
  const meaning = error.says(FUTURE) ? 'the moment is still to come for this TiDB server' : MEANINGS[errno];
  return `TiDB error ${errno}${meaning === undefined ? '' : `, ${meaning}`}`;
}

function named({ database, table }: TableName): string {
  return `TABLE_SCHEMA = ${textLiteral(database)} AND TABLE_NAME = ${textLiteral(table)}`;
}

/** As the session parses it: a backslash escapes. */
function textLiteral(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

function textOf(row: unknown): string {
  const parsed = createText.parse(row);
  return 'Create Table' in parsed ? parsed['Create Table'] : parsed['Create Sequence'];
}
