import type { RowDataPacket } from 'mysql2/promise';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { readRelease, readRestoreLeftovers } from '../../../../functions/adapters/tidb/restore-target.ts';
import { TidbError } from '../../../../functions/adapters/tidb/tidb-error.ts';
import { NodeFailure } from '../../../../functions/domain/workflow/node-failure.ts';

const DENIED = new NodeFailure('TidbAccessDenied', 'it may not');
const LOST = new NodeFailure('TidbUnreachable', 'it is away');
const BUSY = new TidbError('TiKV is busy', 'ER_BUSY', 9003);

const answering =
  (answer: object[] | Error) =>
  async (sql: string): Promise<RowDataPacket[]> => {
    if (sql.includes('schemata')) {
      return [{ SCHEMA_NAME: 'shop' }, { SCHEMA_NAME: '__TiDB_BR_Temporary_mysql' }] as RowDataPacket[];
    }
    if (answer instanceof Error) throw answer;
    return answer as RowDataPacket[];
  };

beforeEach(() => {
  vi.spyOn(console, 'warn').mockReturnValue();
});

describe('leftovers of restores', () => {
  it.each<[string, object[] | Error, string[] | undefined]>([
    ['the registered restores', [{ id: 7 }, { id: '8' }], ['7', '8']],
    ['none, before TiDB 8.5.5', new TidbError('no such table', 'ER_NO_SUCH_TABLE', 1146), []],
    ['unknown if TiDB does not say', BUSY, undefined],
    ['unknown if the account may not read it', DENIED, undefined],
  ])('is %s', async (_, answer, registered) => {
    expect(await readRestoreLeftovers(answering(answer))).toEqual({
      databases: ['__TiDB_BR_Temporary_mysql'],
      registered,
    });
  });

  it.each([LOST, new Error('a bug')])('is read again after: %s', async (error) => {
    await expect(readRestoreLeftovers(answering(error))).rejects.toBe(error);
  });
});

describe('the release of a server', () => {
  it.each<[string, object[] | Error, object]>([
    ['known', [{ build: 'Release Version: v8.5.0\nx', ciCollations: 1 }], { tidbVersion: 'v8.5.0' }],
    ['unknown, with its collations', [{ build: 'mine', ciCollations: '0' }], { newCollationEnabled: false }],
    ['unknown if it does not say', DENIED, {}],
  ])('is %s', async (_, answer, release) => {
    const found = await readRelease(answering(answer));

    expect(found).toMatchObject(release);
    expect(Object.keys(found)).toHaveLength(answer instanceof Error ? 0 : 'tidbVersion' in release ? 2 : 1);
  });

  it('is read again after a lost connection', async () => {
    await expect(readRelease(answering(LOST))).rejects.toBe(LOST);
  });
});
