import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TidbConnection } from '../../../../functions/adapters/tidb/connection.ts';
import { holdSnapshot } from '../../../../functions/adapters/tidb/snapshot-hold.ts';
import { TidbError } from '../../../../functions/adapters/tidb/tidb-error.ts';
import type { ListedTable } from '../../../../functions/domain/tidb/tidb.ts';
import { scriptedConnection } from '../../../support/scripted-connection.ts';

const entry = (TABLE_NAME: string, TABLE_TYPE: string, TABLE_SCHEMA = 'shop') => ({
  ...{ TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, TIDB_TABLE_ID: 7 },
});
const ORDERS: ListedTable = { database: 'shop', table: 'orders', tableId: '7', kind: 'table' };

/** Open connections, in order of opening, and the kills sent on any. */
function prepare({ kill = [] as readonly object[] | 'never' } = {}) {
  const [open, killed] = [new Set<number>(), [] as string[]];
  const moment: { tso: string | Error } = { tso: '449' };
  let opened = 0;
  async function connect(): Promise<TidbConnection> {
    opened += 1;
    const id = opened;
    open.add(id);
    const { connection } = scriptedConnection([
      [/^KILL/, kill],
      [/CONNECTION_ID/, [{ connectionId: String(id) }]],
      [
        /information_schema\.schemata/,
        ['shop', 'empty', 'mysql', '__TiDB_BR_Temporary_mysql'].map((SCHEMA_NAME) => ({ SCHEMA_NAME })),
      ],
      [
        /information_schema\.tables/,
        [
          entry('orders', 'BASE TABLE'),
          entry('a_view', 'VIEW'),
          entry('numbers', 'SEQUENCE'),
          entry('user', 'BASE TABLE', 'mysql'),
          entry('user', 'BASE TABLE', '__TiDB_BR_Temporary_mysql'),
        ],
      ],
      [/information_schema\.tiflash_replica/, [{ TABLE_SCHEMA: 'Shop', TABLE_NAME: 'orders', REPLICA_COUNT: 2 }]],
      [/^SELECT COLUMN_NAME/, [{ COLUMN_NAME: 'id', DATA_TYPE: 'int', EXTRA: '' }]],
      [/^SHOW CREATE/, [{ 'Create Table': 'CREATE TABLE' }]],
      [/^SELECT COUNT/, 'never'],
    ]);
    return {
      ...connection,
      query: async (sql, options) => {
        if (sql.startsWith('KILL')) killed.push(sql);
        if (!sql.includes('tidb_current_ts')) return await connection.query(sql, options);
        if (moment.tso instanceof Error) throw moment.tso;
        return [{ tso: moment.tso }] as never;
      },
      close: () => open.delete(id),
    };
  }
  return { open, killed, moment, hold: () => holdSnapshot(connect) };
}

describe('a hold on history', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.spyOn(console, 'warn').mockReturnValue();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("lists tables, views, sequences and databases, but none of TiDB's or BR's own", async () => {
    const { hold } = prepare();
    const reader = await (await hold()).openReader('449');

    const { databases, tables } = await reader.list();

    expect(databases).toEqual(['shop', 'empty']);
    expect(tables.map(({ table, kind, tiflashReplicas }) => [table, kind, tiflashReplicas])).toEqual([
      ['orders', 'table', 2],
      ['a_view', 'view', undefined],
      ['numbers', 'sequence', undefined],
    ]);
  });

  it("kills its readers' running statements when it is closed, but nothing of idle readers", async () => {
    const { hold, open, killed } = prepare();
    const held = await hold();
    const readers = [await held.openReader('449'), await held.openReader('449'), await held.openReader('449')];
    await readers[0]?.close();
    void readers[1]?.read(ORDERS, { version: 2, timeoutMs: 60_000 }).catch(() => {});
    await vi.advanceTimersByTimeAsync(10);

    await held.close();

    expect(killed).toEqual(['KILL TIDB QUERY 3']);
    expect(open.size).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('opens no reader once it is closed', async () => {
    const { hold, open } = prepare();
    const held = await hold();

    const [, reader] = await Promise.allSettled([held.close(), held.openReader('449')]);

    expect(reader).toMatchObject({ status: 'rejected', reason: { name: 'TidbUnreachable' } });
    await expect(held.openReader('449')).rejects.toHaveProperty('message', 'the hold is closed');
    expect(open.size).toBe(0);
  });

  it('waits only a few seconds in total for a silent TiDB', async () => {
    const { hold, open, killed } = prepare({ kill: 'never' });
    const held = await hold();
    for (let count = 0; count < 4; count += 1) {
      const reader = await held.openReader('449');
      void reader.read(ORDERS, { version: 2, timeoutMs: 60_000 }).catch(() => {});
    }
    await vi.advanceTimersByTimeAsync(10);

    const closing = held.close();
    await vi.advanceTimersByTimeAsync(5_000);
    await closing;

    expect(killed).toHaveLength(4);
    expect(open.size).toBe(0);
  });

  it('survives two days of silence, and never waits forever', async () => {
    const { connection, statements, timeouts } = scriptedConnection([[/tidb_current_ts/, [{ tso: '449' }]]]);

    await (await holdSnapshot(async () => connection)).proveAlive();

    expect(statements[0]).toBe('SET wait_timeout = 172800');
    expect(new Set(timeouts)).toEqual(new Set([20_000]));
  });

  it.each([
    ['another transaction', '450'],
    ['none', '0'],
    ['no connection', new TidbError('Connection lost', 'PROTOCOL_CONNECTION_LOST', undefined)],
  ])('is trusted while its transaction is the same, but not with %s', async (_, tso) => {
    const { hold, moment } = prepare();
    const held = await hold();
    await expect(held.proveAlive()).resolves.toBeUndefined();

    moment.tso = tso;

    await expect(held.proveAlive()).rejects.toMatchObject({
      name: 'TidbUnreachable',
      message: expect.stringMatching(/so the data read cannot be trusted$/),
    });
  });
});
