import type { RowDataPacket } from 'mysql2/promise';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TidbConnection } from '../../../functions/adapters/tidb/connection.ts';
import { holdSnapshot } from '../../../functions/adapters/tidb/snapshot-hold.ts';

const entry = (TABLE_NAME: string, TABLE_TYPE: string, TABLE_SCHEMA = 'shop') => ({
  ...{ TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, TIDB_TABLE_ID: 7 },
});

/** Connections that are open, and what was killed on any. */
function prepare({ isSilent = false } = {}) {
  const [open, killed] = [new Set<number>(), [] as string[]];
  let opened = 0;
  const rowsOf = (sql: string, id: number): object[] | Promise<never> => {
    if (sql.startsWith('KILL')) {
      killed.push(sql);
      return isSilent ? new Promise<never>(() => {}) : [];
    }
    if (sql.includes('tidb_current_ts')) return [{ tso: '449' }];
    if (sql.includes('CONNECTION_ID')) return [{ connectionId: String(id) }];
    if (!sql.includes('information_schema.tables')) return [];
    return [
      entry('orders', 'BASE TABLE'),
      entry('a_view', 'VIEW'),
      entry('numbers', 'SEQUENCE'),
      entry('user', 'BASE TABLE', 'mysql'),
    ];
  };
  async function connect(): Promise<TidbConnection> {
    opened += 1;
    const id = opened;
    open.add(id);
    return {
      isEncrypted: false,
      query: async (sql) => (await rowsOf(sql, id)) as RowDataPacket[],
      firstRows: async () => [],
      close: () => open.delete(id),
    };
  }
  return { open, killed, hold: () => holdSnapshot(connect) };
}

describe('a hold on history', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.spyOn(console, 'warn').mockReturnValue();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("lists views and sequences for what they are, and none of TiDB's own", async () => {
    const { hold } = prepare();
    const reader = await (await hold()).openReader('449');

    const listed = await reader.tables();

    expect(listed.map(({ table, isBase }) => [table, isBase])).toEqual([
      ['orders', true],
      ['a_view', false],
      ['numbers', false],
    ]);
  });

  it('kills what its readers still read when it is closed, and nothing of one that is done', async () => {
    const { hold, open, killed } = prepare();
    const held = await hold();
    const [done] = [await held.openReader('449'), await held.openReader('449'), await held.openReader('449')];
    done.close();

    await held.close();

    expect(killed).toEqual(['KILL TIDB QUERY 3', 'KILL TIDB QUERY 4']);
    expect(open.size).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('waits but a few seconds, for all of them together, on a connection that is silent', async () => {
    const { hold, open, killed } = prepare({ isSilent: true });
    const held = await hold();
    for (let reader = 0; reader < 4; reader += 1) await held.openReader('449');

    const closing = held.close();
    await vi.advanceTimersByTimeAsync(5_000);
    await closing;

    expect(killed).toHaveLength(4);
    expect(open.size).toBe(0);
  });
});
