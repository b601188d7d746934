import type { RowDataPacket } from 'mysql2/promise';
import { describe, expect, it } from 'vitest';
import type { TidbConnection } from '../../../../functions/adapters/tidb/connection.ts';
import { createScratchDatabase } from '../../../../functions/adapters/tidb/scratch-database.ts';
import { TidbError } from '../../../../functions/adapters/tidb/tidb-error.ts';
import { scriptedConnection } from '../../../support/scripted-connection.ts';

/** Connections that fail at DROP, one after the other, and otherwise answer as if only the probe existed. */
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

it('abandons a silent or lost connection, and continues on another', async () => {
  const silent = new TidbError('Query inactivity timeout', 'PROTOCOL_SEQUENCE_TIMEOUT', undefined);
  const { database, open, opened } = prepare([silent]);

  await expect(database.drop()).rejects.toThrow(/cannot be dropped: Query inactivity timeout/);
  expect(open.size).toBe(0);
  await database.drop();

  expect(opened()).toBe(2);
  database.close();
  expect(open.size).toBe(0);
});

it('keeps a connection on which TiDB refuses a statement', async () => {
  const { database, opened } = prepare([new TidbError('TiKV is busy', 'ER_BUSY', 9003)]);

  await expect(database.drop()).rejects.toThrow(/cannot be dropped: TiDB error 9003: TiKV is busy/);
  await database.drop();

  expect(opened()).toBe(1);
});

describe('a scratch database', () => {
  const NAME = 'tidb_backup_check_1';
  const scripted = (...script: Parameters<typeof scriptedConnection>[0]) => {
    const { connection, statements, timeouts } = scriptedConnection(script);
    return { database: createScratchDatabase(async () => connection, NAME), statements, timeouts };
  };

  it('is created with one table of one row', async () => {
    const { database, statements, timeouts } = scripted();

    await database.create();

    expect(statements).toEqual([
      'CREATE DATABASE `tidb_backup_check_1`',
      'CREATE TABLE `tidb_backup_check_1`.probe (id INT PRIMARY KEY, content VARCHAR(64))',
      "INSERT INTO `tidb_backup_check_1`.probe VALUES (1, 'tidb_backup_check_1')",
    ]);
    expect(timeouts).toEqual([20_000, 20_000, 20_000]);
  });

  it.each([
    [[{ content: NAME }], true],
    [[], false],
    [[{ content: 'another' }], false],
    [[{ content: NAME }, { content: NAME }], false],
  ])('with %j is whole: %s', async (rows, isWhole) => {
    const { database } = scripted([/^SELECT content FROM `tidb_backup_check_1`.probe$/, rows]);

    expect(await database.isWhole()).toBe(isWhole);
  });

  it('is dropped only with its own table', async () => {
    const there = [/schemata/, [{ SCHEMA_NAME: NAME }]] as const;
    const own = scripted(there, [/^SHOW TABLES/, [{ Tables_in_x: 'probe' }]]);
    const foreign = scripted(there, [/^SHOW TABLES/, [{ Tables_in_x: 'probe' }, { Tables_in_x: 'orders' }]]);
    const missing = scripted();

    await own.database.drop();
    await expect(foreign.database.drop()).rejects.toThrow('holds tables that no check created');
    await missing.database.drop();

    const drops = [own, foreign, missing].map(({ statements }) => statements.filter((sql) => sql.startsWith('DROP')));
    expect(drops).toEqual([['DROP DATABASE IF EXISTS `tidb_backup_check_1`'], [], []]);
    expect(missing.statements).toHaveLength(1);
  });

  it('names the privilege that its account lacks', async () => {
    const { database } = scripted([/^CREATE/, new TidbError('denied', 'ER_DBACCESS_DENIED_ERROR', 1044)]);

    await expect(database.create()).rejects.toMatchObject({ name: 'TidbAccessDenied' });
  });
});
