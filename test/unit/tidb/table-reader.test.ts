import { describe, expect, it } from 'vitest';
import type { TidbConnection } from '../../../functions/adapters/tidb/connection.ts';
import { readerAt } from '../../../functions/adapters/tidb/table-reader.ts';
import { TidbError } from '../../../functions/adapters/tidb/tidb-error.ts';

const TIMED_OUT = new TidbError('Query inactivity timeout', 'PROTOCOL_SEQUENCE_TIMEOUT', undefined);
const LOST = new TidbError('read ECONNRESET', 'ECONNRESET', undefined);
const AWAY = new TidbError('Region is unavailable', 'ER_UNKNOWN', 9005);

/** Of a connection on which every look at the rows of a table, and every assertion, ends so. */
function reader(error: TidbError) {
  const connection = {
    query: async (sql: string) => {
      if (sql.startsWith('SELECT COUNT(*)')) throw error;
      return sql.startsWith('SELECT COLUMN_NAME') ? [{ COLUMN_NAME: 'id' }] : [];
    },
    firstRows: () => Promise.reject(error),
    close: () => {},
  } as Partial<TidbConnection> as TidbConnection;
  return readerAt(connection, '449');
}

describe('a reader of tables', () => {
  it.each([
    ['OutOfTime', TIMED_OUT, 'there was no time left for "shop.orders"'],
    ['TidbUnreachable', LOST, '"shop.orders" cannot be read: the connection was lost (ECONNRESET)'],
    ['TablesUnreadable', AWAY, '"shop.orders" cannot be read: TiDB error 9005'],
  ])('says %s of a table', async (name, error, message) => {
    const fingerprint = (await reader(error)).fingerprint({ database: 'shop', table: 'orders' }, 1_000);

    await expect(fingerprint).rejects.toMatchObject({ name, message });
  });

  it.each([
    ['8055', new TidbError('snapshot is older than GC safe point', 'ER_UNKNOWN', 8055), 'collection has passed'],
    ['1105', new TidbError('cannot set read timestamp to a future time', 'ER_UNKNOWN', 1105), 'is still to come'],
  ])('understands what is wrong with its moment: %s', async (_, error, meaning) => {
    const fingerprint = (await reader(error)).fingerprint({ database: 'shop', table: 'orders' }, 1_000);

    await expect(fingerprint).rejects.toThrow(meaning);
  });

  it.each([LOST, AWAY])('does not take "$message" for an assertion that does not hold', async (error) => {
    await expect((await reader(error)).assert('SELECT 1', 1_000)).rejects.toMatchObject({ name: 'TidbUnreachable' });
  });

  it('says of an assertion that it took too long', async () => {
    expect(await (await reader(TIMED_OUT)).assert('SELECT 1', 1_000)).toEqual({
      passed: false,
      error: 'it took too long',
    });
  });
});
