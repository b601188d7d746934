import { isTruthy } from '../../domain/assertion.ts';
import { decimal64 } from '../../domain/backup-record.ts';
import { isSystemDatabase, type TableName } from '../../domain/backup-scope.ts';
import { quoteInput } from '../../domain/errors.ts';
import { NodeFailure } from '../../domain/node-failure.ts';
import type { TableReader, TimeLimit } from '../../domain/tidb.ts';
import type { TidbConnection } from './connection.ts';
import { metadataTimeout, metadataTimeoutMs, NO_LIMIT } from './metadata-time.ts';
import { columnOfTable, contentOfTable, tableChecksum, tableEntry } from './rows.ts';
import { isTimeout, TidbError } from './tidb-error.ts';

/**
 * Makes a connection read one moment, and nothing else: with `tidb_snapshot`, TiDB refuses every statement that writes. Times are
 * shown and SQL is read the same everywhere.
 * @param tso the caller keeps GC from passing it
 * @param limit of listing the tables
 * @throws NodeFailure TidbUnreachable; its methods also TablesUnreadable, and OutOfTime: a time-out
 */
export async function readerAt(
  connection: TidbConnection,
  tso: string,
  limit: TimeLimit = NO_LIMIT,
): Promise<TableReader> {
  // TiDB loads the schema of that moment.
  await ask(`SET time_zone = '+00:00', sql_mode = 'STRICT_TRANS_TABLES', tidb_snapshot = '${decimal64.parse(tso)}'`);

  return {
    async tables() {
      const rows = await ask(
        'SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, TIDB_TABLE_ID FROM information_schema.tables',
      );
      return rows
        .map((row) => tableEntry.parse(row))
        .filter((row) => !isSystemDatabase(row.TABLE_SCHEMA))
        .map((row) => ({
          database: row.TABLE_SCHEMA,
          table: row.TABLE_NAME,
          tableId: row.TIDB_TABLE_ID,
          isBase: row.TABLE_TYPE === 'BASE TABLE',
        }));
    },

    async fingerprint(name, timeoutMs) {
      const giveUpAt = performance.now() + timeoutMs;
      const columns = (await ask(columnsSql(name))).map((row) => columnOfTable.parse(row).COLUMN_NAME);
      const left = () => Math.max(1, giveUpAt - performance.now());
      const [content] = await ask(contentSql(name, columns), left(), name);
      const [checksum] = await ask(`ADMIN CHECKSUM TABLE ${quotedTable(name)}`, left(), name);
      const { row_count: rows, content_sum } = contentOfTable.parse(content);
      const { Checksum_crc64_xor: crc, Total_kvs: kvs, Total_bytes: bytes } = tableChecksum.parse(checksum);
      return { rows, content: content_sum ?? '0', kvs, bytes, crc };
    },

    async assert(sql, timeoutMs) {
      try {
        const rows = await connection.firstRows(sql, 2, timeoutMs);
        if (rows.length === 1) return { passed: isTruthy(rows[0]?.[0]) };
        return { passed: false, error: `it answered ${rows.length === 0 ? 'no row' : 'more than one row'}` };
      } catch (error) {
        if (!(error instanceof TidbError)) throw error;
        // A connection that is lost, or a TiKV that is away, says nothing of what was asked.
        if (!isTimeout(error) && (error.errno === undefined || isOfStores(error.errno))) {
          throw new NodeFailure('TidbUnreachable', `an assertion was not answered: ${refusalOf(error)}`, {
            cause: error,
          });
        }
        return { passed: false, error: refusalOf(error) };
      }
    },

    close: () => connection.close(),
  };

  async function ask(sql: string, timeoutMs = metadataTimeoutMs(limit), table?: TableName) {
    try {
      return await connection.query(sql, { timeoutMs });
    } catch (error) {
      if (!(error instanceof TidbError)) throw error;
      if (table !== undefined && isTimeout(error)) {
        throw new NodeFailure(
          'OutOfTime',
          `there was no time left for ${quoteInput(`${table.database}.${table.table}`)}`,
        );
      }
      const late = metadataTimeout(error, 'listing the tables', limit);
      if (late !== undefined) throw late;
      const what = table === undefined ? 'the tables' : quoteInput(`${table.database}.${table.table}`);
      const message = `${what} cannot be read: ${refusalOf(error)}`;
      throw new NodeFailure(error.errno === undefined ? 'TidbUnreachable' : 'TablesUnreadable', message, {
        cause: error,
      });
    }
  }
}

/** What TiDB says of a value that it cannot read holds the value: only the number of its error is told, and what it means. */
const MEANINGS: Readonly<Record<number, string>> = {
  1054: 'unknown column',
  1064: 'not SQL that it knows',
  1142: 'the account must have SELECT',
  1146: 'no such table',
  1242: 'a subquery answered more than one row',
  8055: 'garbage collection has passed the moment',
  9006: 'garbage collection has passed the moment',
};

/** TiDB has no number of its own for this one (ValidateSnapshotReadTS). */
const FUTURE = /cannot set read timestamp to a future time/;

/** TiDB's errors of PD and TiKV: time-outs, a server that is busy, a region that is not there. */
function isOfStores(errno: number): boolean {
  return errno >= 9_001 && errno <= 9_013;
}

function refusalOf(error: TidbError): string {
  const { errno, code } = error;
  if (errno === undefined) return isTimeout(error) ? 'it took too long' : `the connection was lost (${code})`;
  const meaning = error.says(FUTURE) ? 'the moment is still to come for this TiDB server' : MEANINGS[errno];
  return `TiDB error ${errno}${meaning === undefined ? '' : `, ${meaning}`}`;
}

function columnsSql({ database, table }: TableName): string {
  return `SELECT COLUMN_NAME FROM information_schema.columns WHERE TABLE_SCHEMA = ${textLiteral(database)} AND TABLE_NAME = ${textLiteral(table)} ORDER BY ORDINAL_POSITION`;
}

/**
 * Of each row a CRC-32 over its values as text, and which of them are NULL, as CONCAT_WS leaves those out; as sync-diff-inspector
 * has it (pingcap/tidb-tools). They are added up rather than XORed, so that two equal rows are not as good as none.
 */
function contentSql(table: TableName, columns: readonly string[]): string {
  const names = columns.map(quoted);
  const nulls = names.map((name) => `ISNULL(${name})`);
  const row = `CONCAT_WS(',', ${[...names, `CONCAT(${nulls.join(', ')})`].join(', ')})`;
  return `SELECT COUNT(*) AS row_count, SUM(CRC32(${row})) AS content_sum FROM ${quotedTable(table)}`;
}

function quotedTable({ database, table }: TableName): string {
  return `${quoted(database)}.${quoted(table)}`;
}

function quoted(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

/** As the session reads it: a backslash escapes. */
function textLiteral(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}
