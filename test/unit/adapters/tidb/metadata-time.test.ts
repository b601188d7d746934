import type { RowDataPacket } from 'mysql2/promise';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TidbConnection } from '../../../../functions/adapters/tidb/connection.ts';
import { createControl } from '../../../../functions/adapters/tidb/control.ts';
import { stoppable } from '../../../../functions/adapters/tidb/stoppable.ts';
import { readerAt } from '../../../../functions/adapters/tidb/table-reader.ts';
import { TidbError } from '../../../../functions/adapters/tidb/tidb-error.ts';
import type { TableReader, TidbControl, TimeLimit } from '../../../../functions/domain/tidb/tidb.ts';

const MINUTE = 60_000;
const LOCATION = { type: 'nfs', path: '/mnt/cluster-1/backup-1/attempt-1' } as const;

/** A connection to a TiDB that answers a statement after `after` milliseconds; `asked` has the time limit of each. */
function slowTidb(slow: RegExp, after: number) {
  const asked: { sql: string; timeoutMs: number }[] = [];
  const connection: TidbConnection = {
    isEncrypted: false,
    async query(sql, { timeoutMs = Number.POSITIVE_INFINITY } = {}) {
      asked.push({ sql, timeoutMs });
      const takes = slow.test(sql) ? after : 0;
      vi.setSystemTime(Date.now() + Math.min(takes, timeoutMs));
      if (takes > timeoutMs) throw new TidbError('Query inactivity timeout', 'PROTOCOL_SEQUENCE_TIMEOUT', undefined);
      return rowsOf(sql) as RowDataPacket[];
    },
    firstRows: async () => [],
    close: () => {},
  };
  return { asked, connection };
}

function rowsOf(sql: string): object[] {
  if (sql.includes('CONNECTION_ID')) return [{ connectionId: '7' }];
  if (sql.startsWith('SHOW GRANTS')) return [{ grant: 'GRANT PROCESS ON *.* TO u' }];
  return sql.includes('TIDB_VERSION()') ? [{ build: 'Release Version: v8.5.0', ciCollations: '1' }] : [];
}

function control(connection: TidbConnection, limit?: TimeLimit): TidbControl {
  return createControl({ open: async () => connection, storageKeys: async () => undefined, limit });
}

function reader(connection: TidbConnection, limit?: TimeLimit): Promise<TableReader> {
  return readerAt({ connection, stoppable: stoppable(connection, async () => connection), tso: '449', limit });
}

describe('a statement that reads metadata', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it.each([
    [/information_schema\.tables/, (each: TidbControl) => each.userTables()],
    [/information_schema\.schemata/, (each: TidbControl) => each.userDatabases()],
    [/information_schema\.schemata/, (each: TidbControl) => each.restoreLeftovers()],
    [/SHOW BACKUP METADATA/, (each: TidbControl) => each.contentsOfBackup(LOCATION)],
    [/information_schema\.tables/, (each: TidbControl) => each.measure()],
  ])('may take minutes: %s', async (sql, look) => {
    const { connection } = slowTidb(sql, 5 * MINUTE);

    await expect(look(control(connection))).resolves.toBeDefined();
  });

  it('may take minutes for a past moment: TiDB loads the schema of that time', async () => {
    const { connection } = slowTidb(/tidb_snapshot|information_schema/, 5 * MINUTE);

    await expect((await reader(connection)).list()).resolves.toEqual({ databases: [], tables: [] });
  });

  it("ends with the caller's time limit, and says what happens next", async () => {
    const { connection } = slowTidb(/information_schema\.tables|tidb_snapshot/, 5 * MINUTE);
    const limit = { deadline: Date.now() + MINUTE, outOfTime: 'it is started again on the worker' };

    await expect(control(connection, limit).userTables()).rejects.toMatchObject({
      name: 'OutOfTime',
      message: 'there was not enough time for listing the tables of the cluster: it is started again on the worker',
    });
    await expect(reader(connection, limit)).rejects.toMatchObject({ name: 'OutOfTime' });
  });

  it('is abandoned after ten minutes if there is no time limit', async () => {
    const { connection } = slowTidb(/SHOW BACKUP METADATA/, 60 * MINUTE);

    await expect(control(connection).contentsOfBackup(LOCATION)).rejects.toMatchObject({
      name: 'TidbUnreachable',
      message: 'TiDB took more than 10 minutes for reading the metadata of the backup',
    });
  });

  it.each([
    [/information_schema\.tables/, (each: TidbControl) => each.measure()],
    [/cluster_info/, (each: TidbControl) => each.measure()],
    [/SHOW BACKUP METADATA/, (each: TidbControl) => each.contentsOfBackup(LOCATION)],
  ])('is killed in TiDB when it is abandoned: %s', async (sql, look) => {
    const { connection, asked } = slowTidb(sql, 5 * MINUTE);
    const limit = { deadline: Date.now() + MINUTE, outOfTime: 'so be it' };

    await expect(look(control(connection, limit))).rejects.toMatchObject({ name: 'OutOfTime' });

    expect(asked.at(-1)?.sql).toBe('KILL TIDB QUERY 7');
  });

  it('does not extend the limit of quick statements', async () => {
    const { connection, asked } = slowTidb(/never/, 0);
    const looks = control(connection);

    await looks.running({ kind: 'BACKUP', backupId: 'backup-1' });
    await looks.kill('7');

    expect(asked.every(({ timeoutMs }) => timeoutMs <= 20_000)).toBe(true);
  });
});
