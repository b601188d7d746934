import { describe, expect, it } from 'vitest';
import type { FinishedBackup } from '../../../../functions/domain/backup/backup-record.ts';
import type { TableName } from '../../../../functions/domain/backup/backup-scope.ts';
import type { TidbControl } from '../../../../functions/domain/tidb/tidb.ts';
import {
  assertRoom,
  type LookedAtLink,
  lookAgain,
} from '../../../../functions/workflow/restore/look-before-restore.ts';
import { aBackup, CREATED } from '../../../support/records.ts';

const ORDERS = { database: 'shop', table: 'orders' };
const DROPPED = { database: 'shop', table: 'dropped_since' };

function link(backupId: string, tables: TableName[]): LookedAtLink {
  const record: FinishedBackup = {
    ...aBackup({ backupId }),
    ...{ status: 'Finished', startTime: CREATED, endTime: CREATED, backupTso: '1', sizeBytes: '1', finishedAttempt: 1 },
  };
  return { record, location: record.location, takenBy: {}, contents: { databases: ['shop'], tables } };
}

/** The second one was taken after a table had been dropped. */
const CHAIN = [link('full', [ORDERS, DROPPED]), link('incr', [ORDERS])];

const control = (present: TableName[]) =>
  ({
    restoreLeftovers: async () => ({ databases: [], registered: [] }),
    userTables: async () => present,
    release: async () => ({}),
    contentsOfBackup: async () => CHAIN[0]?.contents,
  }) as unknown as TidbControl;

describe('the look before a restore of a chain', () => {
  it('minds tables of every link, those too that a later one has no more', async () => {
    await expect(assertRoom(CHAIN, {}, control([DROPPED]))).rejects.toMatchObject({
      name: 'TablesInTheWay',
      message: expect.stringContaining('"shop.dropped_since"'),
    });
    await expect(assertRoom(CHAIN, {}, control([{ database: 'shop', table: 'other' }]))).resolves.toBe(false);
    await expect(assertRoom(CHAIN, {}, control([]))).resolves.toBe(true);
  });

  it('expects no table afterwards but those that are asked for', async () => {
    const files = { read: async () => undefined, isEmpty: async () => false };
    const scope = { tables: ['shop.nowhere'] };

    const look = await lookAgain([link('full', [])], { scope: { tables: ['shop.orders'] } }, control([]), files);

    expect(look.tables).toEqual([ORDERS]);
    await expect(lookAgain([link('full', [])], { scope }, control([]), files)).rejects.toHaveProperty(
      'name',
      'ScopeNotFound',
    );
  });
});
