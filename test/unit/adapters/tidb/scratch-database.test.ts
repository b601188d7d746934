import type { RowDataPacket } from 'mysql2/promise';
import { expect, it } from 'vitest';
import type { TidbConnection } from '../../../../functions/adapters/tidb/connection.ts';
import { createScratchDatabase } from '../../../../functions/adapters/tidb/scratch-database.ts';
import { TidbError } from '../../../../functions/adapters/tidb/tidb-error.ts';

/** Connections that fail at DROP, each in its turn, and else answer as if nothing but the probe were there. */
function prepare(failures: (TidbError | undefined)[]) {
  const open = new Set<number>();
  let opened = 0;
  const database = createScratchDatabase(async () => {
    const id = opened;
    opened += 1;
    open.add(id);
    const query = async (sql: string) => {
      const failure = sql.startsWith('DROP') ? failures.shift() : undefined;
      if (failure !== undefined) throw failure;
      return [{ name: 'probe' }] as unknown as RowDataPacket[];
    };
    return {
      isEncrypted: true,
      query,
      firstRows: async () => [],
      close: () => open.delete(id),
    } satisfies TidbConnection;
  }, 'tidb_backup_check_1');
  return { database, open, opened: () => opened };
}

it('leaves a connection that is silent or lost, and goes on over another', async () => {
  const silent = new TidbError('Query inactivity timeout', 'PROTOCOL_SEQUENCE_TIMEOUT', undefined);
  const { database, open, opened } = prepare([silent]);

  await expect(database.drop()).rejects.toThrow(/cannot be dropped: Query inactivity timeout/);
  expect(open.size).toBe(0);
  await database.drop();

  expect(opened()).toBe(2);
  database.close();
  expect(open.size).toBe(0);
});

it('keeps a connection on which TiDB refuses', async () => {
  const { database, opened } = prepare([new TidbError('TiKV is busy', 'ER_BUSY', 9003)]);

  await expect(database.drop()).rejects.toThrow(/cannot be dropped: TiDB error 9003: TiKV is busy/);
  await database.drop();

  expect(opened()).toBe(1);
});
