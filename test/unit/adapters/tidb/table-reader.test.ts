import { describe, expect, it } from 'vitest';
import type { TidbConnection } from '../../../../functions/adapters/tidb/connection.ts';
import { stoppable } from '../../../../functions/adapters/tidb/stoppable.ts';
import { readerAt } from '../../../../functions/adapters/tidb/table-reader.ts';
import { TidbError } from '../../../../functions/adapters/tidb/tidb-error.ts';
import type { ListedTable, TableReader } from '../../../../functions/domain/tidb/tidb.ts';
import { scriptedConnection } from '../../../support/scripted-connection.ts';

const TIMED_OUT = new TidbError('Query inactivity timeout', 'PROTOCOL_SEQUENCE_TIMEOUT', undefined);
const LOST = new TidbError('read ECONNRESET', 'ECONNRESET', undefined);
const AWAY = new TidbError('Region is unavailable', 'ER_UNKNOWN', 9005);
const DENIED = new TidbError(
  "SELECT command denied to user 'u'@'%' for table 'orders'",
  'ER_TABLEACCESS_DENIED_ERROR',
  1142,
);
const NEEDS_SUPER = new TidbError("privilege check for 'Super' fail", 'ER_UNKNOWN', 8121);
const TEMPORARY = new TidbError('`admin checksum table` is unsupported on temporary tables.', 'ER_UNKNOWN', 8006);
const UNKNOWN_VARIABLE = new TidbError('Unknown system variable', 'ER_UNKNOWN_SYSTEM_VARIABLE', 1193);

const ORDERS: ListedTable = { database: 'shop', table: 'orders', tableId: '7', kind: 'table' };
const READ = { version: 2, timeoutMs: 1_000 } as const;
const TABLE = [
  [/^SELECT COLUMN_NAME/, [{ COLUMN_NAME: 'id', DATA_TYPE: 'int', EXTRA: '' }]],
  [/^SHOW CREATE TABLE/, [{ Table: 'orders', 'Create Table': 'CREATE TABLE `orders` (`id` int)' }]],
  [/^SELECT COUNT/, [{ row_count: 2, content_sum: '30' }]],
  [/^ADMIN CHECKSUM/, [{ Checksum_crc64_xor: '1', Total_kvs: 2, Total_bytes: 3 }]],
] as const;

/** On a connection that answers by the first matching pattern; `killed` lists the kills on any other, and the end. */
async function prepare(...script: Parameters<typeof scriptedConnection>[0]) {
  const { connection, statements, timeouts } = scriptedConnection([
    ...script,
    [/CONNECTION_ID/, [{ connectionId: '70' }]],
    ...TABLE,
  ]);
  const killed: string[] = [];
  connection.close = () => killed.push('closed');
  const other = scriptedConnection([]).connection;
  const open = async (): Promise<TidbConnection> => ({
    ...other,
    query: async (sql) => {
      killed.push(sql);
      return [];
    },
  });
  const reader: TableReader = await readerAt({ connection, stoppable: stoppable(connection, open), tso: '449' });
  return { reader, statements, timeouts, killed };
}

describe('a reader of tables', () => {
  it.each([
    ['OutOfTime', TIMED_OUT, 'there was no time left for "shop.orders"'],
    ['TidbUnreachable', LOST, '"shop.orders" cannot be read: the connection was lost (ECONNRESET)'],
    ['TablesUnreadable', AWAY, '"shop.orders" cannot be read: TiDB error 9005'],
    ['TidbAccessDenied', DENIED, '"shop.orders" cannot be read: the account must have SELECT'],
  ])('reports %s for a table', async (name, error, message) => {
    const { reader } = await prepare([/^SELECT COUNT/, error]);

    await expect(reader.read(ORDERS, READ)).rejects.toMatchObject({ name, message });
  });

  it('keeps to its time limit, and waits ten minutes for a list', async () => {
    const { reader, timeouts, statements } = await prepare();
    const begun = timeouts.length;

    await reader.read(ORDERS, READ);
    const reading = timeouts.slice(begun).filter((_, at) => !statements[begun + at]?.includes('CONNECTION_ID'));
    expect(reading).toHaveLength(4);
    for (const ms of reading) expect(ms).toSatisfy((waits: number) => waits > 0 && waits <= 1_000);

    timeouts.length = 0;
    await reader.list();
    await reader.assert('SELECT 1', 700);
    expect(new Set(timeouts)).toEqual(new Set([20_000, 600_000, 700]));
  });

  it.each([
    [1044, 'TidbAccessDenied'],
    [1142, 'TidbAccessDenied'],
    [1143, 'TidbAccessDenied'],
    [1227, 'TidbAccessDenied'],
    [1146, 'TablesUnreadable'],
  ])('reports error %i of a table as %s', async (errno, name) => {
    const { reader } = await prepare([/^SELECT COUNT/, new TidbError('no', 'ER_UNKNOWN', errno)]);

    await expect(reader.read(ORDERS, READ)).rejects.toMatchObject({ name });
  });

  it('lists tables without replicas if TiDB has none, but not if TiDB cannot be reached', async () => {
    const LISTED = { TABLE_SCHEMA: 'shop', TABLE_NAME: 'orders', TABLE_TYPE: 'BASE TABLE', TIDB_TABLE_ID: 7 };
    const list = async (error: TidbError) =>
      (await prepare([/tiflash_replica/, error], [/information_schema\.tables/, [LISTED]])).reader.list();

    expect(await list(new TidbError('no such table', 'ER_NO_SUCH_TABLE', 1146))).toEqual({
      databases: [],
      tables: [{ database: 'shop', table: 'orders', tableId: '7', kind: 'table' }],
    });
    await expect(list(LOST)).rejects.toMatchObject({ name: 'TidbUnreachable' });
  });

  it("names what is missing if a table's columns are hidden", async () => {
    const { reader } = await prepare([/^SELECT COLUMN_NAME/, []]);

    await expect(reader.read(ORDERS, READ)).rejects.toMatchObject({
      name: 'TidbAccessDenied',
      message: '"shop.orders" cannot be read: the account must have SELECT',
    });
  });

  it('reads a table whose name has a backslash and a quote', async () => {
    const { reader, statements } = await prepare();

    await reader.read({ ...ORDERS, table: "back\\slash'quote" }, READ);

    const columns = statements.find((sql) => sql.startsWith('SELECT COLUMN_NAME'));
    expect(columns).toContain("'back\\\\slash''quote'");
  });

  it('counts key-value pairs while it may, and stops once it may not', async () => {
    const allowed = await prepare();
    const refused = await prepare([/^ADMIN CHECKSUM/, NEEDS_SUPER]);
    const odd = await prepare([/^ADMIN CHECKSUM/, TEMPORARY]);

    expect(await allowed.reader.read(ORDERS, READ)).toMatchObject({ rows: '2', kvs: '2', bytes: '3', crc: '1' });
    for (let time = 0; time < 2; time += 1) {
      expect(await refused.reader.read(ORDERS, READ)).not.toHaveProperty('kvs');
      expect(await odd.reader.read(ORDERS, READ)).toMatchObject({ rows: '2', content: '30' });
    }
    const asked = ({ statements }: { statements: string[] }) => statements.filter((sql) => sql.startsWith('ADMIN'));
    expect([asked(refused).length, asked(odd).length]).toEqual([1, 2]);
  });

  it('reads from TiKV, and switches off what would end its statements, where TiDB supports it', async () => {
    const { statements } = await prepare([/tidb_idle_transaction_timeout/, UNKNOWN_VARIABLE]);

    expect(statements).toEqual([
      expect.stringContaining("tidb_isolation_read_engines = 'tikv,tidb'"),
      'SET max_execution_time = 0',
      'SET tidb_idle_transaction_timeout = 0',
      "SET tidb_snapshot = '449'",
    ]);
  });

  it.each([
    ['the rows of a table', (reader: TableReader) => reader.read(ORDERS, READ)],
    ['an assertion', (reader: TableReader) => reader.assert('SELECT COUNT(*) FROM t', 1_000)],
    ['the list of tables', (reader: TableReader) => reader.list()],
  ])('kills %s that it abandons', async (_, ask) => {
    const { reader, killed } = await prepare([/^SELECT COUNT|^SELECT SCHEMA_NAME/, TIMED_OUT]);

    await ask(reader).catch(() => {});

    expect(killed).toEqual(['KILL TIDB QUERY 70']);
  });

  it('kills what it is reading before it closes, and nothing when idle', async () => {
    const { reader, killed, statements } = await prepare([/^SELECT COUNT/, 'never']);
    await reader.list();
    const reading = reader.read(ORDERS, READ);
    reading.catch(() => {});
    while (!statements.some((sql) => sql.startsWith('SELECT COUNT'))) await Promise.resolve();

    await reader.close();

    expect(killed).toEqual(['KILL TIDB QUERY 70', 'closed']);
    const idle = await prepare();
    await idle.reader.read(ORDERS, READ);
    await idle.reader.close();
    expect(idle.killed).toEqual(['closed']);
  });

  it('kills an assertion that returns too many rows', async () => {
    const { reader, killed } = await prepare([/^SELECT id/, [{ id: 1 }, { id: 2 }, { id: 3 }]]);

    expect(await reader.assert('SELECT id FROM t', 1_000)).toEqual({
      passed: false,
      error: 'it answered more than one row',
    });
    expect(killed).toEqual(['KILL TIDB QUERY 70']);
  });

  it.each([LOST, AWAY])('does not take "$message" for a failed assertion', async (error) => {
    const { reader } = await prepare([/^SELECT 1/, error]);

    await expect(reader.assert('SELECT 1', 1_000)).rejects.toMatchObject({ name: 'TidbUnreachable' });
  });

  it.each([9_000, 9_014, 1_054])('takes error %i for a failed assertion', async (errno) => {
    const { reader } = await prepare([/^SELECT 1/, new TidbError('no', 'ER_UNKNOWN', errno)]);

    expect(await reader.assert('SELECT 1', 1_000)).toMatchObject({
      passed: false,
      error: expect.stringMatching(/^TiDB error/),
    });
  });

  it.each([9_001, 9_013])('does not blame the assertion for error %i', async (errno) => {
    const { reader } = await prepare([/^SELECT 1/, new TidbError('no', 'ER_UNKNOWN', errno)]);

    await expect(reader.assert('SELECT 1', 1_000)).rejects.toMatchObject({ name: 'TidbUnreachable' });
  });

  it('reports an assertion that took too long', async () => {
    const { reader } = await prepare([/^SELECT 1/, TIMED_OUT]);

    expect(await reader.assert('SELECT 1', 1_000)).toEqual({ passed: false, error: 'it took too long' });
  });

  it.each([
    [8055, 'snapshot is older than GC safe point', 'garbage collection has passed the moment'],
    [1105, 'cannot set read timestamp to a future time', 'the moment is still to come for this TiDB server'],
  ])('explains error %i about its snapshot', async (errno, answer, meaning) => {
    await expect(prepare([/tidb_snapshot/, new TidbError(answer, 'ER_UNKNOWN', errno)])).rejects.toMatchObject({
      name: 'TablesUnreadable',
      message: `the tables cannot be read: TiDB error ${errno}, ${meaning}`,
    });
  });
});
