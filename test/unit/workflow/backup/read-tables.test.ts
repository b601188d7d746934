import { describe, expect, it } from 'vitest';
import type { ListedTable } from '../../../../functions/domain/tidb/tidb.ts';
import { NodeFailure } from '../../../../functions/domain/workflow/node-failure.ts';
import { type ReadTables, readTables } from '../../../../functions/workflow/backup/read-tables.ts';

const listed = (count: number): ListedTable[] =>
  Array.from({ length: count }, (_, at) => ({ database: 'shop', table: `t${at}`, tableId: '1', kind: 'table' }));

/** @param failing how often each read of a table fails, and how */
function prepare(
  tables: readonly ListedTable[],
  failing: (table: ListedTable, time: number) => Error | undefined = () => undefined,
) {
  const [readers, times] = [{ opened: 0, open: 0, most: 0 }, new Map<string, number>()];
  const reading: ReadTables = {
    hold: {
      openReader: async () => {
        readers.opened += 1;
        readers.open += 1;
        readers.most = Math.max(readers.most, readers.open);
        return {
          list: async () => ({ databases: ['shop'], tables: [...tables] }),
          read: async (table) => {
            const time = (times.get(table.table) ?? 0) + 1;
            times.set(table.table, time);
            await new Promise((turned) => setImmediate(turned));
            const error = failing(table, time);
            if (error !== undefined) throw error;
            return {
              database: table.database,
              table: table.table,
              kind: table.kind === 'table' ? undefined : table.kind,
            };
          },
          assert: () => expect.unreachable('nothing is asserted'),
          close: async () => {
            readers.open -= 1;
          },
        };
      },
    },
    ...{ tso: '449', version: 2, isWanted: () => true, tolerated: ['TablesUnreadable'], clock: { now: () => 0 } },
    deadline: 1_000,
  };
  return { reading, readers, times };
}

const UNREADABLE = new NodeFailure('TablesUnreadable', 'no such table');

describe('reading the tables of a moment', () => {
  it('reads four at once, each table once, and closes all readers', async () => {
    const { reading, readers, times } = prepare(listed(9));

    expect((await readTables(reading)).tables).toHaveLength(9);
    expect(readers).toEqual({ opened: 4, open: 0, most: 4 });
    expect(new Set(times.values())).toEqual(new Set([1]));
  });

  it('opens no more readers than there are tables', async () => {
    const { reading, readers } = prepare(listed(1));
    await readTables(reading);
    expect(readers.opened).toBe(1);

    const none = prepare([]);
    expect(await readTables(none.reading)).toEqual({ databases: ['shop'], tables: [] });
    expect(none.readers).toEqual({ opened: 1, open: 0, most: 1 });
  });

  it('reads only tables for checksums of version 1', async () => {
    const views = [...listed(1), { database: 'shop', table: 'v', tableId: '2', kind: 'view' } as const];
    const { reading } = prepare(views);

    expect((await readTables({ ...reading, version: 1 })).tables).toHaveLength(1);
    expect((await readTables(reading)).tables).toHaveLength(2);
    expect((await readTables({ ...reading, isWanted: ({ table }) => table === 'v' })).tables).toHaveLength(1);
  });

  it('reads a table again on a new connection if the current one does not find it', async () => {
    const { reading, readers } = prepare(listed(1), (_, time) => (time === 1 ? UNREADABLE : undefined));

    expect((await readTables(reading)).tables).toEqual([{ database: 'shop', table: 't0', kind: undefined }]);
    expect(readers).toEqual({ opened: 2, open: 0, most: 1 });
  });

  it('reports why it cannot read one, if that is tolerated', async () => {
    const { reading } = prepare(listed(2), ({ table }) => (table === 't0' ? UNREADABLE : undefined));

    expect((await readTables(reading)).tables).toContainEqual({
      database: 'shop',
      table: 't0',
      unreadable: 'no such table',
    });
  });

  it('fails for errors that are not tolerated, reads no further, and closes all readers', async () => {
    const { reading, readers, times } = prepare(listed(40), ({ table }) =>
      table === 't1' ? new NodeFailure('TidbUnreachable', 'it is away') : undefined,
    );

    await expect(readTables(reading)).rejects.toMatchObject({ name: 'TidbUnreachable' });
    await expect.poll(() => readers.open).toBe(0);
    expect(times.size).toBeLessThan(12);
  });

  it('starts none after the deadline', async () => {
    const { reading, times } = prepare(listed(1));

    await expect(readTables({ ...reading, deadline: 0 })).rejects.toMatchObject({ name: 'OutOfTime' });
    expect(times.size).toBe(0);
  });

  it('closes the reader that cannot list', async () => {
    const { reading, readers } = prepare([]);
    const openReader: ReadTables['hold']['openReader'] = async (tso) => ({
      ...(await reading.hold.openReader(tso)),
      list: async () => Promise.reject(UNREADABLE),
    });

    await expect(readTables({ ...reading, hold: { openReader } })).rejects.toBe(UNREADABLE);
    expect(readers.open).toBe(0);
  });
});
